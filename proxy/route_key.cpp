#include "proxy/route_key.h"

#include "cache/digest.h"
#include "cache/key.h"
#include "core/ascii.h"
#include "core/percent_encoding.h"
#include "proxy/cookies.h"
#include "proxy/query_pairs.h"
#include "proxy/route_uri.h"

#include <algorithm>
#include <utility>

namespace nearside::proxy {

namespace {

// A longer value of a field is in the key as a digest.
constexpr std::size_t most_written = 128;
constexpr std::size_t last_bit = 63;

// Without the port that the scheme means anyway (RFC 3986 6.2.3).
std::string_view without_usual_port(std::string_view scheme, std::string_view authority) noexcept {
    const std::string_view usual = scheme == "https" ? ":443" : ":80";
    if (authority.ends_with(usual)) {
        authority.remove_suffix(usual.size());
    } else if (authority.ends_with(':')) {
        authority.remove_suffix(1);
    }
    return authority;
}

// Host and port in one spelling: lower case (RFC 3986 6.2.2.1), as nearly every client writes it.
void add_host(cache::key_builder& key, std::string_view host) {
    const bool is_lower = std::none_of(host.begin(), host.end(), [](char each) { return each >= 'A' && each <= 'Z'; });
    if (is_lower) {
        key.add("host", host);
    } else {
        key.add("host", lower_case(host));
    }
}

struct secret {
    std::size_t rule = 0;   // which secret header, or, after those, which cookie
    std::size_t order = 0;  // in the request
    std::string_view value;
};

// Appends the cookies that count; where it is not clear which those are, the fields as they are.
void add_cookies(const header_fields& request, const key_rules& rules, std::vector<secret>& found) {
    const std::vector<std::string>& names = *rules.cookies;
    const std::size_t first = rules.secret_headers.size();
    if (names.empty()) return;
    if (cookies_are_ambiguous(request)) {
        for (const header_fields::field& each : request) {
            if (iequals(each.name, "cookie")) found.push_back({first + names.size(), found.size(), each.value});
        }
        return;
    }
    for_each_cookie(request, [&](const cookie& each) {
        const auto name = std::lower_bound(names.begin(), names.end(), each.name, std::less<>{});
        if (name == names.end() || *name != each.name) return;
        found.push_back({first + static_cast<std::size_t>(name - names.begin()), found.size(), each.value});
    });
}

std::string label_of(const key_rules& rules, std::size_t rule) {
    // No header's name holds a colon: a cookie can't stand for a header, nor the other way round.
    if (rule < rules.secret_headers.size()) return rules.secret_headers[rule];
    rule -= rules.secret_headers.size();
    return rule < rules.cookies->size() ? "cookie:" + (*rules.cookies)[rule] : std::string("cookies");
}

bool has_cookie(const header_fields& fields, const std::vector<std::string>& names) {
    bool found = false;
    for_each_cookie(fields, [&](const cookie& each) {
        found = found || std::binary_search(names.begin(), names.end(), each.name, std::less<>{});
    });
    return found;
}

}  // namespace

route_target understand_target(std::shared_ptr<const route> of, std::vector<std::string> captures,
                               std::string_view target) {
    route_target made;
    made.captures = std::move(captures);
    made.query = target_query(target);
    made.uri = uri_of(of->key, target);
    made.uri_tag = uri_tag_of(of->upstream, made.uri);
    cache::key_builder key("route", of->upstream);
    made.key = key.add_mark(of->mark).add("uri", made.uri).take();
    made.of = std::move(of);
    return made;
}

std::string principal_of(const header_fields& request, const route& of) {
    const key_rules& rules = of.key;
    if (rules.secret_lengths == 0) return {};
    std::vector<secret> found;
    bool cookies = false;
    for (const header_fields::field& each : request) {
        if (((rules.secret_lengths >> std::min(each.name.size(), last_bit)) & 1U) == 0) continue;
        if (rules.cookies && iequals(each.name, "cookie")) cookies = true;
        for (std::size_t rule = 0; rule < rules.secret_headers.size(); ++rule) {
            if (iequals(each.name, rules.secret_headers[rule])) found.push_back({rule, found.size(), each.value});
        }
    }
    if (cookies) add_cookies(request, rules, found);
    if (found.empty()) return {};

    // In the order of the rules, so that the order of different fields in the request doesn't matter; that of fields
    // with one name does.
    std::sort(found.begin(), found.end(), [](const secret& left, const secret& right) {
        return std::pair(left.rule, left.order) < std::pair(right.rule, right.order);
    });
    std::vector<std::string> labels;
    labels.reserve(found.size());
    std::vector<std::pair<std::string_view, std::string_view>> digested;
    digested.reserve(found.size());
    for (const secret& each : found)
        digested.emplace_back(labels.emplace_back(label_of(rules, each.rule)), each.value);
    return cache::principal_digest(digested);
}

std::string primary_key(const route_target& target, std::string_view scheme, std::string_view authority,
                        const header_fields& request) {
    // Scheme, host and digest with what stands between them, when nothing in them needs encoding.
    constexpr std::size_t room = 96;
    std::string begun;
    begun.reserve(target.key.size() + authority.size() + room);
    begun.append(target.key);
    cache::key_builder key(std::move(begun));
    key.add("scheme", scheme);
    add_host(key, without_usual_port(scheme, authority));
    for (const std::string& name : target.of->key.headers) {
        for (const header_fields::field& each : request) {
            if (!iequals(each.name, name)) continue;
            if (each.value.size() <= most_written) {
                key.add("header." + name, each.value);
            } else {
                const std::pair<std::string_view, std::string_view> field(name, each.value);
                key.add("digest." + name, cache::principal_digest({&field, 1}));
            }
        }
    }
    return key.add_principal(principal_of(request, *target.of)).take();
}

bool bypasses(const route& of, const request_head& request) {
    const bypass_rules& rules = of.bypass;
    for (const std::string& name : rules.headers) {
        if (request.fields.contains(name)) return true;
    }
    if (!rules.cookies.empty() && has_cookie(request.fields, rules.cookies)) return true;
    if (rules.parameters.empty()) return false;
    bool found = false;
    for_each_query_pair(request.query(), [&](const query_pair& pair) {
        if (found || pair.whole.empty()) return;
        const std::optional<std::string> decoded = percent_decoded(pair.name, true);
        found = rules.parameters.contains(decoded ? std::string_view(*decoded) : pair.name);
    });
    return found;
}

}  // namespace nearside::proxy
