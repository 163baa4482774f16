// The policy against a model of RFC 9111 that is as plain as it can be: the RFC's own sentences over numbers, where the
// policy reads header fields. Random responses, requests and clocks from a fixed seed.
#include "cache/reuse.h"
#include "cache/storable.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <optional>
#include <random>
#include <string>

namespace nearside::cache {
namespace {

using ms = std::int64_t;

constexpr std::uint32_t model_seed = 20'111;
constexpr int cases = 20'000;
// Sun, 06 Nov 1994 08:49:37 GMT
constexpr std::int64_t epoch = 784'111'777;

struct origin_facts {
    int status = 200;
    std::optional<std::int64_t> max_age, s_maxage, stale_while_revalidate, stale_if_error;
    // Seconds from `epoch`; and whether the field is there but no date.
    std::optional<std::int64_t> date, expires, last_modified, age;
    bool broken_expires = false, broken_age = false;
    bool no_store = false, no_cache = false, is_private = false, is_public = false;
    bool must_revalidate = false, proxy_revalidate = false, must_understand = false;
    bool etag = false, vary_star = false, set_cookie = false;
};

struct client_facts {
    bool authorization = false, cookie = false, no_store = false;
    // Of the later request.
    bool no_cache = false, only_if_cached = false;
    std::optional<std::int64_t> max_age, min_fresh, max_stale;
};

struct clocks {
    ms sent = 0, received = 0, later = 0;  // milliseconds from `epoch`
};

// The model.

constexpr std::array heuristic_statuses = {200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501};
constexpr std::array statuses = {200, 201, 203, 204, 206, 299, 301, 302, 304, 404, 410, 500, 503, 599, 103};
constexpr std::array statuses_known = {200, 201, 203, 204, 301, 302, 404, 410, 500, 503};

template <std::size_t Count>
bool is_in(int status, const std::array<int, Count>& list) {
    for (const int each : list)
        if (each == status) return true;
    return false;
}

struct model {
    origin_facts origin;
    client_facts client;
    clocks at;

    bool has_explicit() const { return origin.s_maxage || origin.max_age || origin.expires || origin.broken_expires; }

    // 4.2.1 and 4.2.2
    ms lifetime() const {
        if (origin.s_maxage) return *origin.s_maxage * 1000;
        if (origin.max_age) return *origin.max_age * 1000;
        const std::int64_t date = origin.date.value_or(at.received / 1000);
        if (origin.broken_expires) return 0;
        if (origin.expires) return std::max<std::int64_t>(0, *origin.expires - date) * 1000;
        const bool may_guess = (is_in(origin.status, heuristic_statuses) || origin.is_public) && origin.last_modified &&
                               !client.authorization && !client.cookie;
        if (!may_guess) return 0;
        return std::clamp<ms>((date - *origin.last_modified) * 1000 / 10, 0, 24 * 3600 * 1000);
    }

    // 4.2.3
    ms age(ms now) const {
        const ms apparent = origin.date ? std::max<ms>(0, at.received / 1000 - *origin.date) * 1000 : 0;
        const ms told = origin.broken_age ? 0 : origin.age.value_or(0) * 1000;
        return std::max(apparent, told + (at.received - at.sent)) + (now - at.received);
    }

    // 3, and what this cache leaves alone besides: see docs/http-caching.md
    bool may_store() const {
        const origin_facts& o = origin;
        if (o.status == 103 || o.status == 206 || o.status == 304) return false;
        if (client.no_store || o.is_private || o.vary_star) return false;
        if (o.must_understand && !is_in(o.status, statuses_known)) return false;
        if (o.no_store && !o.must_understand) return false;
        if (client.authorization && !o.is_public && !o.must_revalidate && !o.s_maxage) return false;
        if (!has_explicit() && !o.is_public && !is_in(o.status, heuristic_statuses)) return false;
        const bool reusable = has_explicit() && lifetime() > 0;
        if (client.cookie && !reusable && !o.is_public) return false;
        if (o.set_cookie && !reusable) return false;
        const bool validator = o.etag || o.last_modified;
        if (o.no_cache) return validator;
        return lifetime() > 0 || validator || window(o.stale_while_revalidate) > 0 || window(o.stale_if_error) > 0;
    }

    ms window(std::optional<std::int64_t> told) const {
        const bool vetoed = origin.must_revalidate || origin.proxy_revalidate || origin.no_cache;
        return vetoed ? 0 : told.value_or(0) * 1000;
    }

    // 4, 4.2.4, 5.2.1
    reuse answer() const {
        const reuse ask = client.only_if_cached ? reuse::only_if_cached : reuse::wait;
        const ms now_age = age(at.later), left = lifetime() - now_age;
        if (origin.no_cache || client.no_cache) return ask;
        if (client.max_age && (now_age > *client.max_age * 1000 || *client.max_age == 0)) return ask;
        if (client.min_fresh && left < *client.min_fresh * 1000) return ask;
        if (left > 0) return reuse::fresh;
        if (client.max_age && !client.max_stale) return ask;
        if (left + window(origin.stale_while_revalidate) > 0) return reuse::stale;
        const bool vetoed = origin.must_revalidate || origin.proxy_revalidate || origin.s_maxage;
        if (client.max_stale && !vetoed && -left <= *client.max_stale * 1000) return reuse::stale_asked;
        return ask;
    }

    bool may_serve_on_error() const {
        const ms longest = std::max(window(origin.stale_while_revalidate), window(origin.stale_if_error));
        return !origin.no_cache && lifetime() - age(at.later) + longest > 0;
    }
};

// Random facts, and the header fields that tell them.

class generator {
public:
    model next() {
        model made;
        origin_facts& o = made.origin;
        o.status = statuses[below(statuses.size())];
        if (one_in(2)) o.status = 200;
        o.max_age = maybe(2, 30);
        o.s_maxage = maybe(5, 30);
        o.stale_while_revalidate = maybe(4, 30);
        o.stale_if_error = maybe(4, 30);
        if (!one_in(5)) o.date = between(-20, 5);
        if (one_in(4)) o.expires = between(-30, 60);
        o.broken_expires = !o.expires && one_in(15);
        if (one_in(3)) o.last_modified = between(-600, 0);
        o.age = maybe(4, 25);
        o.broken_age = !o.age && one_in(15);
        o.no_store = one_in(15);
        o.no_cache = one_in(12);
        o.is_private = one_in(15);
        o.is_public = one_in(5);
        o.must_revalidate = one_in(8);
        o.proxy_revalidate = one_in(12);
        o.must_understand = one_in(12);
        o.etag = one_in(3);
        o.vary_star = one_in(20);
        o.set_cookie = one_in(10);
        client_facts& c = made.client;
        c.authorization = one_in(6);
        c.cookie = one_in(6);
        c.no_store = one_in(20);
        c.no_cache = one_in(12);
        c.only_if_cached = one_in(8);
        c.max_age = maybe(6, 40);
        c.min_fresh = maybe(8, 20);
        c.max_stale = maybe(5, 40);
        made.at.sent = between(0, 3'000);
        made.at.received = made.at.sent + between(0, 2'000);
        made.at.later = made.at.received + between(0, 60'000);
        return made;
    }

    route_policy operators_word() {
        route_policy policy;
        if (one_in(2)) policy.windows.fresh = milliseconds{between(0, 20'000)};
        if (one_in(2)) policy.windows.stale = milliseconds{between(0, 20'000)};
        if (one_in(2)) policy.windows.stale_if_error = milliseconds{between(0, 20'000)};
        if (one_in(3)) policy.negative.push_back({400, 599, milliseconds{between(0, 20'000)}});
        return policy;
    }

    bool one_in(std::uint32_t count) { return below(count) == 0; }

private:
    std::uint32_t below(std::size_t count) { return static_cast<std::uint32_t>(random_() % count); }
    std::int64_t between(std::int64_t low, std::int64_t high) {
        return low + below(static_cast<std::size_t>(high - low + 1));
    }
    std::optional<std::int64_t> maybe(std::uint32_t one_of, std::int64_t most) {
        return one_in(one_of) ? std::optional(between(0, most)) : std::nullopt;
    }

    std::mt19937 random_{model_seed};
};

std::string date_text(std::int64_t from_epoch) {
    return format_http_date(http_time{seconds{epoch + from_epoch}});
}

void add(std::string& list, std::string_view directive, std::optional<std::int64_t> argument) {
    if (!argument) return;
    if (!list.empty()) list += ", ";
    list.append(directive).append("=").append(std::to_string(*argument));
}

void add(std::string& list, std::string_view directive, bool said) {
    if (!said) return;
    if (!list.empty()) list += ",";
    list += directive;
}

response_head told(const origin_facts& o) {
    std::string directives;
    add(directives, "max-age", o.max_age);
    add(directives, "s-maxage", o.s_maxage);
    add(directives, "stale-while-revalidate", o.stale_while_revalidate);
    add(directives, "stale-if-error", o.stale_if_error);
    add(directives, "no-store", o.no_store);
    add(directives, "no-cache", o.no_cache);
    add(directives, "private", o.is_private);
    add(directives, "public", o.is_public);
    add(directives, "must-revalidate", o.must_revalidate);
    add(directives, "proxy-revalidate", o.proxy_revalidate);
    add(directives, "must-understand", o.must_understand);
    response_head response;
    response.status = o.status;
    header_fields& fields = response.fields;
    if (!directives.empty()) fields.append("Cache-Control", directives);
    if (o.date) fields.append("Date", date_text(*o.date));
    if (o.expires) fields.append("Expires", date_text(*o.expires));
    if (o.broken_expires) fields.append("Expires", "0");
    if (o.last_modified) fields.append("Last-Modified", date_text(*o.last_modified));
    if (o.age) fields.append("Age", std::to_string(*o.age));
    if (o.broken_age) fields.append("Age", "-7");
    if (o.etag) fields.append("ETag", "\"a\"");
    if (o.vary_star) fields.append("Vary", "*");
    if (o.set_cookie) fields.append("Set-Cookie", "a=b");
    return response;
}

cache_control request_directives(const client_facts& c) {
    std::string directives;
    add(directives, "max-age", c.max_age);
    add(directives, "min-fresh", c.min_fresh);
    add(directives, "max-stale", c.max_stale);
    add(directives, "no-cache", c.no_cache);
    add(directives, "only-if-cached", c.only_if_cached);
    cache_control read;
    read_cache_control(directives, read);
    return read;
}

wall_time moment(ms from_epoch) {
    return wall_time{seconds{epoch}} + milliseconds{from_epoch};
}

store_decision decide_case(const model& facts, const route_policy& policy) {
    const request_facts request{.method = "GET",
                                .authorization = facts.client.authorization,
                                .cookie = facts.client.cookie,
                                .keyed_by_principal = false,
                                .asked = cache_control{.no_store = facts.client.no_store}};
    return decide_store(request, told(facts.origin), policy,
                        {.requested = moment(facts.at.sent), .received = moment(facts.at.received)});
}

stored_facts stored(const store_decision& decided) {
    return {.born = decided.born,
            .lives = decided.lives,
            .always_validate = decided.always_validate,
            .must_revalidate = decided.must_revalidate};
}

std::string story(const model& facts) {
    std::string text;
    told(facts.origin).fields.write_to(text);
    return text + "status " + std::to_string(facts.origin.status) + ", sent " + std::to_string(facts.at.sent) +
           ", received " + std::to_string(facts.at.received) + ", later " + std::to_string(facts.at.later);
}

TEST(policy, does_what_the_rfc_says_over_random_messages_and_clocks) {
    generator random;
    int kept = 0, served = 0, served_stale = 0;
    for (int at = 0; at < cases; ++at) {
        const model facts = random.next();
        const store_decision decided = decide_case(facts, {});
        ASSERT_EQ(decided.refused == refusal::none, facts.may_store()) << to_string(decided.refused) << '\n'
                                                                       << story(facts);
        if (decided.refused != refusal::none) continue;
        ++kept;
        const wall_time later = moment(facts.at.later);
        const stored_facts kept_copy = stored(decided);
        const reuse verdict = decide_reuse(&kept_copy, request_directives(facts.client), later).verdict;
        ASSERT_EQ(verdict, facts.answer()) << story(facts);
        ASSERT_EQ(may_serve_on_error(kept_copy, {}, later), facts.may_serve_on_error()) << story(facts);
        ASSERT_EQ(age_of(decided.born, later).count(), facts.age(facts.at.later)) << story(facts);
        served += verdict == reuse::fresh ? 1 : 0;
        served_stale += verdict == reuse::stale || verdict == reuse::stale_asked ? 1 : 0;
    }
    // Else the model would agree about nothing much.
    EXPECT_GT(kept, cases / 4);
    EXPECT_GT(served, cases / 20);
    EXPECT_GT(served_stale, cases / 100);
}

TEST(policy, whatever_the_operator_says_vetoes_stand_and_windows_end) {
    generator random;
    int kept = 0;
    for (int at = 0; at < cases; ++at) {
        const model facts = random.next();
        const route_policy policy = random.operators_word();
        const store_decision decided = decide_case(facts, policy);
        const origin_facts& o = facts.origin;
        if ((o.no_store && !o.must_understand) || o.is_private || o.vary_star || facts.client.no_store) {
            ASSERT_NE(decided.refused, refusal::none) << story(facts);
        }
        if (decided.refused != refusal::none) continue;
        ++kept;
        ASSERT_FALSE(facts.client.authorization && !o.is_public && !o.must_revalidate && !o.s_maxage) << story(facts);
        const wall_time later = moment(facts.at.later);
        const stored_facts entry = stored(decided);
        const milliseconds left = time_to_live(entry, later);
        const reuse verdict = decide_reuse(&entry, {}, later).verdict;
        if (o.no_cache) ASSERT_EQ(verdict, reuse::wait) << story(facts);
        if (o.must_revalidate || o.proxy_revalidate) {
            ASSERT_NE(verdict, reuse::stale) << story(facts);
            ASSERT_EQ(may_serve_on_error(entry, {}, later), left > milliseconds{0}) << story(facts);
        }
        const bool fresh = verdict == reuse::fresh;
        ASSERT_EQ(fresh, !o.no_cache && left > milliseconds{0}) << story(facts);
        if (verdict == reuse::stale) {
            const milliseconds most = std::max(policy.windows.stale.value_or(milliseconds{0}),
                                               milliseconds{o.stale_while_revalidate.value_or(0) * 1000});
            ASSERT_LT(-left, most) << story(facts);
        }
        const bool failed = o.status >= 400;
        if (fresh && !failed && policy.windows.fresh) {
            ASSERT_LT(facts.at.later - facts.at.received, policy.windows.fresh->count()) << story(facts);
        }
        ASSERT_EQ(age_of(entry.born, later).count(), facts.age(facts.at.later)) << story(facts);
    }
    EXPECT_GT(kept, cases / 4);
}

}  // namespace
}  // namespace nearside::cache
