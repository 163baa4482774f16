#include "cache/storable.h"

#include "cache/vary.h"
#include "core/ascii.h"

#include <algorithm>
#include <array>

namespace nearside::cache {

namespace {

// Statuses whose rules for caches (RFC 9110 15) are kept here; what must-understand asks about.
bool is_understood(int status) noexcept {
    return (status >= 200 && status <= 205) || (status >= 300 && status <= 308 && status != 306) ||
           (status >= 400 && status <= 417) || status == 421 || status == 422 || status == 426 ||
           (status >= 500 && status <= 505);
}

// What the operator says about this status, if anything.
std::optional<milliseconds> operators_fresh(const route_policy& policy, int status) {
    const route_policy::negative_window* narrowest = nullptr;
    for (const route_policy::negative_window& each : policy.negative) {
        if (status < each.first || status > each.last) continue;
        if (narrowest == nullptr || each.last - each.first < narrowest->last - narrowest->first) narrowest = &each;
    }
    if (narrowest != nullptr) return narrowest->fresh;
    return status < 400 ? policy.windows.fresh : std::nullopt;
}

refusal refused_by_status(int status) noexcept {
    if (status < 200) return refusal::not_final;
    if (status == 206) return refusal::partial_content;
    if (status == 304) return refusal::not_modified;
    if (status > 599) return refusal::unknown_status;
    // Proxy-Authorization, If-Match and its kin, Range (RFC 9110 15.5.8, 15.5.13, 15.5.17).
    if (status == 407 || status == 412 || status == 416) return refusal::one_request;
    return refusal::none;
}

// It never ends, and what it says is for whoever listens.
bool is_event_stream(const header_fields& response) {
    constexpr std::string_view type = "text/event-stream";
    const auto told = response.find("content-type");
    return told && iequals(told->substr(0, type.size()), type);
}

// Without these the copy could not be read, so that they can't be left out of it alone.
bool describes_content(std::string_view name) noexcept {
    return iequals(name, "content-encoding") || iequals(name, "content-type") || iequals(name, "content-range");
}

void withhold(const std::vector<std::string>& named, std::vector<std::string>& withheld) {
    static constexpr std::array<std::string_view, 3> kept = {"cache-control", "cdn-cache-control", "vary"};
    for (const std::string& each : named) {
        std::string name = lower_case(each);
        if (std::find(kept.begin(), kept.end(), name) != kept.end()) continue;
        const auto place = std::lower_bound(withheld.begin(), withheld.end(), name);
        if (place == withheld.end() || *place != name) withheld.insert(place, std::move(name));
    }
}

class decision_maker {
public:
    decision_maker(const request_facts& request, const response_head& response, const route_policy& policy,
                   exchange_times times)
        : request_(request),
          response_(response),
          policy_(policy),
          times_(times),
          word_(read_origin_word(response.fields)),
          operators_(operators_fresh(policy, response.status)),
          overrides_(policy.override_origin && operators_),
          origins_(explicit_lifetime(response.fields, word_, times.received)) {
        if (overrides_) {
            cache_control& says = word_.says;
            says.no_cache = says.no_store = says.is_private = false;
            says.must_revalidate = says.proxy_revalidate = false;
            says.no_cache_fields.clear();
            says.private_fields.clear();
        }
    }

    store_decision decide() {
        decided_.refused = why_not();
        return std::move(decided_);
    }

private:
    refusal why_not() {
        if (request_.method != "GET") return refusal::method;
        if (const refusal why = refused_by_status(response_.status); why != refusal::none) return why;
        if (request_.asked.no_store) return refusal::request_no_store;
        if (const refusal why = vetoed(); why != refusal::none) return why;
        if (is_event_stream(response_.fields)) return refusal::event_stream;
        if (parse_vary(response_.fields).everything) return refusal::vary_everything;
        choose_withheld();
        if (const refusal why = unshareable(); why != refusal::none) return why;
        return choose_lifetime();
    }

    // 5.2.2.3, 5.2.2.5, 5.2.2.7.
    refusal vetoed() const {
        const cache_control& says = word_.says;
        if (says.must_understand && !is_understood(response_.status)) return refusal::not_understood;
        if (says.no_store && !says.must_understand) return refusal::no_store;
        if (request_.one_user) return refusal::none;
        const bool for_one =
            says.is_private || std::any_of(says.private_fields.begin(), says.private_fields.end(), describes_content);
        return for_one ? refusal::private_response : refusal::none;
    }

    void choose_withheld() {
        if (!request_.one_user) withhold(word_.says.private_fields, decided_.withheld);
        withhold(word_.says.no_cache_fields, decided_.withheld);
    }

    bool is_withheld(std::string_view name) const {
        return std::binary_search(decided_.withheld.begin(), decided_.withheld.end(), name);
    }

    // The origin expects it to be reused for a while.
    bool meant_for_reuse() const noexcept { return origins_.value > milliseconds{0} || word_.says.is_public; }

    // 3.5; and what nobody said may be shared isn't, where the request or the response has to do with one user.
    refusal unshareable() const {
        const cache_control& says = word_.says;
        const bool own_copy = has_own_copy();
        if (request_.authorization && !own_copy && !says.is_public && !says.must_revalidate && !says.s_maxage) {
            return refusal::authorization;
        }
        if (request_.cookie && !own_copy && !meant_for_reuse()) return refusal::cookie;
        if (sets_cookie() && !origins_.is_positive()) return refusal::set_cookie;
        return refusal::none;
    }

    // Nobody else's request finds it, and the operator wants such copies kept.
    bool has_own_copy() const {
        const configured_lifetime& windows = policy_.windows;
        return request_.keyed_by_principal && (operators_ || windows.fresh || windows.stale || windows.stale_if_error);
    }

    bool sets_cookie() const {
        return (response_.fields.contains("set-cookie") && !is_withheld("set-cookie")) ||
               (response_.fields.contains("set-cookie2") && !is_withheld("set-cookie2"));
    }

    refusal choose_lifetime() {
        const cache_control& says = word_.says;
        const milliseconds age = corrected_initial_age(response_.fields, times_);
        decided_.born = times_.received - age;

        freshness_lifetime origins = origins_;
        if (!origins.is_explicit() && !request_.authorization && !request_.cookie) {
            origins = heuristic_lifetime(response_.status, response_.fields, word_, times_.received);
        }
        const bool may_be_stored =
            operators_ || origins_.is_explicit() || says.is_public || is_heuristically_cacheable(response_.status);
        if (!may_be_stored) return refusal::not_cacheable;

        decided_.must_revalidate =
            says.must_revalidate || says.proxy_revalidate || says.no_cache || (says.s_maxage && !overrides_);
        if (must_always_ask()) {
            decided_.always_validate = true;
            return has_validator() ? refusal::none : refusal::no_cache;
        }

        // The operator counts from when nearside has it, whatever the upstream took and had it for before; Age still
        // tells the truth.
        decided_.lives.fresh = operators_ ? age + *operators_ : origins.value;
        choose_stale_windows();
        const bool of_use = (operators_ ? *operators_ : origins.value) > milliseconds{0} ||
                            decided_.lives.stale > milliseconds{0} || decided_.lives.stale_if_error > milliseconds{0} ||
                            has_validator();
        return of_use ? refusal::none : refusal::no_lifetime;
    }

    bool must_always_ask() const {
        const cache_control& says = word_.says;
        return says.no_cache ||
               std::any_of(says.no_cache_fields.begin(), says.no_cache_fields.end(), describes_content);
    }

    bool has_validator() const {
        return (response_.fields.contains("etag") && !is_withheld("etag")) ||
               (response_.fields.contains("last-modified") && !is_withheld("last-modified"));
    }

    // RFC 5861, within what RFC 9111 4.2.4 lets be stale. s-maxage implies proxy-revalidate (5.2.2.10); but an origin
    // that names a window beside it has allowed that window.
    void choose_stale_windows() {
        const cache_control& says = word_.says;
        if (says.must_revalidate || says.proxy_revalidate) return;
        lifetime& lives = decided_.lives;
        lives.stale = says.stale_while_revalidate.value_or(seconds{0});
        lives.stale_if_error = says.stale_if_error ? milliseconds{*says.stale_if_error} : lifetime::unsaid;
        if (response_.status >= 400 || decided_.must_revalidate) return;
        lives.stale = policy_.windows.stale.value_or(lives.stale);
        lives.stale_if_error = policy_.windows.stale_if_error.value_or(lives.stale_if_error);
    }

    const request_facts& request_;
    const response_head& response_;
    const route_policy& policy_;
    exchange_times times_;
    origin_word word_;
    std::optional<milliseconds> operators_;
    bool overrides_;
    freshness_lifetime origins_;
    store_decision decided_;
};

}  // namespace

std::string_view to_string(refusal reason) noexcept {
    switch (reason) {
        case refusal::none:
            return "";
        case refusal::no_store:
            return "no-store";
        case refusal::private_response:
            return "private";
        case refusal::vary_everything:
            return "vary-everything";
        case refusal::no_lifetime:
            return "no-lifetime";
        case refusal::method:
            return "method";
        case refusal::not_final:
            return "not-final";
        case refusal::partial_content:
            return "partial-content";
        case refusal::not_modified:
            return "not-modified";
        case refusal::unknown_status:
            return "unknown-status";
        case refusal::not_understood:
            return "not-understood";
        case refusal::request_no_store:
            return "request-no-store";
        case refusal::authorization:
            return "authorization";
        case refusal::cookie:
            return "cookie";
        case refusal::set_cookie:
            return "set-cookie";
        case refusal::no_cache:
            return "no-cache";
        case refusal::one_request:
            return "one-request";
        case refusal::too_large:
            return "too-large";
        case refusal::event_stream:
            return "event-stream";
        case refusal::not_cacheable:
            return "not-cacheable";
    }
    return "";
}

store_decision decide_store(const request_facts& request, const response_head& response, const route_policy& policy,
                            exchange_times times) {
    return decision_maker(request, response, policy, times).decide();
}

}  // namespace nearside::cache
