#include "proxy/route_question.h"

#include "cache/conditional.h"
#include "core/ascii.h"

#include <algorithm>
#include <array>
#include <utility>

namespace nearside::proxy {

namespace {

// Fields that frameworks are known to obey and caches to forget: with them the same URI can mean something else. Where
// one of them comes, nothing is read from the cache and nothing stored, unless the route's key counts it.
constexpr std::array<std::string_view, 19> rewriting = {
    "x-original-url",   "x-rewrite-url",        "x-http-method-override", "x-method-override",
    "x-http-method",    "x-forwarded-prefix",   "x-forwarded-port",       "x-forwarded-server",
    "x-forwarded-path", "x-forwarded-uri",      "x-forwarded-scheme",     "x-forwarded-ssl",
    "x-host",           "x-original-host",      "x-http-host-override",   "x-url-scheme",
    "front-end-https",  "x-forwarded-protocol", "x-original-uri"};

// It has fields removed on the way that the key and the variant are made of, so that what comes is not what was asked.
bool hides_fields(const header_fields& request) {
    bool hides = false;
    for (const header_fields::field& each : request) {
        if (!iequals(each.name, "connection")) continue;
        for_each_member(each.value, [&](std::string_view option) {
            static constexpr std::array<std::string_view, 5> usual = {"close", "keep-alive", "te", "upgrade",
                                                                      "http2-settings"};
            const auto same = [option](std::string_view one) { return iequals(option, one); };
            hides |= std::none_of(usual.begin(), usual.end(), same);
        });
    }
    return hides;
}

bool may_mean_another_uri(const route& of, const header_fields& request) {
    for (const header_fields::field& each : request) {
        // As all of them begin, and hardly any field that browsers send.
        const char first = to_lower(each.name.front());
        if (first != 'x' && first != 'f') continue;
        for (const std::string_view name : rewriting) {
            if (iequals(each.name, name) && !of.counts_header(name)) return true;
        }
    }
    return false;
}

// What proxies before this one say about the host. Applications make absolute URLs of it, so that it tells answers
// apart.
std::string told_by_proxies(const header_fields& request) {
    std::string all;
    for (const std::string_view name : {"x-forwarded-host", "x-forwarded-proto", "forwarded"}) {
        if (!request.contains(name)) continue;
        // Framed by its length: no value can be written that looks like two.
        const std::string told = request.combined(name);
        all.append(";").append(name).append("=").append(std::to_string(told.size())).append(":").append(told);
    }
    return all;
}

std::string primary_key_of(const route_target& target, exchange& call) {
    const header_fields& fields = call.head().fields;
    const std::string told = told_by_proxies(fields);
    if (told.empty()) return primary_key(target, call.scheme(), call.authority(), fields);
    return primary_key(target, call.scheme(), std::string(call.authority()).append(told), fields);
}

}  // namespace

cache::request_facts route_question::facts() const {
    return {.method = request.method,
            .authorization = request.fields.contains("authorization"),
            .cookie = request.fields.contains("cookie"),
            .keyed_by_principal = keyed_by_principal,
            .asked = asked};
}

cache::forward_reason passes_by(const route& of, exchange& call) {
    const request_head& request = call.head();
    if (request.method != "GET" && request.method != "HEAD") return cache::forward_reason::method;
    const bool past = call.has_body() || cache::is_for_origin(request.fields) || bypasses(of, request) ||
                      may_mean_another_uri(of, request.fields) || hides_fields(request.fields);
    return past ? cache::forward_reason::bypass : cache::forward_reason::none;
}

route_question understand_route(std::shared_ptr<const route_target> target, exchange& call) {
    const request_head& request = call.head();
    route_question question;
    question.asked = cache::read_request_directives(request.fields);
    question.keyed_by_principal = target->of->by_principal;
    question.primary = primary_key_of(*target, call);
    question.target = std::move(target);
    return question;
}

void keep_request(route_question& question, exchange& call) {
    question.request = call.head();
    question.peer_address = call.peer_address();
    question.scheme = call.scheme();
    question.authority = call.authority();
}

bool has_conditions(const header_fields& request) noexcept {
    return request.contains("if-none-match") || request.contains("if-modified-since");
}

bool has_range(const header_fields& request) noexcept {
    return request.contains("range");
}

void make_unconditional(header_fields& request) {
    for (const std::string_view name :
         {"if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "if-range", "range"})
        request.erase(name);
}

}  // namespace nearside::proxy
