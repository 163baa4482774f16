#include "proxy/cors.h"

#include "core/ascii.h"

#include <algorithm>
#include <chrono>
#include <string>

namespace nearside::proxy {

namespace {

constexpr std::string_view exposed = "Age, Cache-Status, ETag, nearside-partial, Server-Timing";

bool allows_every_origin(const config::cors_settings& cors) {
    return std::find(cors.origins.begin(), cors.origins.end(), "*") != cors.origins.end();
}

// What Access-Control-Allow-Origin says; empty when the origin isn't allowed.
std::string allowed_origin(const request_head& request, const config::cors_settings& cors) {
    const auto origin = request.fields.find("origin");
    if (!origin) return {};
    // With credentials `*` is not a wildcard for browsers: the origin is named.
    if (allows_every_origin(cors)) return cors.credentials ? std::string(*origin) : "*";
    const bool listed = std::find(cors.origins.begin(), cors.origins.end(), *origin) != cors.origins.end();
    return listed ? std::string(*origin) : std::string{};
}

std::string comma_joined(const std::vector<std::string>& names) {
    std::string list;
    for (const std::string& each : names) {
        if (!list.empty()) list += ", ";
        list += each;
    }
    return list;
}

// A script's own Authorization is none of the credentials that browsers send by themselves (Fetch, CORS-preflight).
std::string allowed_headers(const config::cors_settings& cors) {
    std::vector<std::string> allowed = cors.headers;
    const bool named = std::any_of(allowed.begin(), allowed.end(),
                                   [](const std::string& each) { return iequals(each, "authorization"); });
    if (cors.credentials && !named) allowed.emplace_back("authorization");
    return comma_joined(allowed);
}

}  // namespace

void add_cors_fields(const request_head& request, const config::cors_settings& cors, header_fields& into) {
    if (!allows_every_origin(cors) || cors.credentials) into.append("Vary", "Origin");
    const std::string origin = allowed_origin(request, cors);
    if (origin.empty()) return;
    into.append("Access-Control-Allow-Origin", origin);
    if (cors.credentials) into.append("Access-Control-Allow-Credentials", "true");
    into.append("Access-Control-Expose-Headers", exposed);
}

std::optional<response_head> answer_preflight(const request_head& request, const config::cors_settings& cors) {
    if (request.method != "OPTIONS" || !request.fields.contains("access-control-request-method")) return std::nullopt;
    const std::string origin = allowed_origin(request, cors);
    if (origin.empty()) return std::nullopt;
    response_head answer{.status = 204};
    answer.fields.append("Vary", "Origin, Access-Control-Request-Method, Access-Control-Request-Headers");
    answer.fields.append("Access-Control-Allow-Origin", origin);
    if (cors.credentials) answer.fields.append("Access-Control-Allow-Credentials", "true");
    answer.fields.append("Access-Control-Allow-Methods", "GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE");
    if (const std::string allowed = allowed_headers(cors); !allowed.empty())
        answer.fields.append("Access-Control-Allow-Headers", allowed);
    const auto seconds = std::chrono::floor<std::chrono::seconds>(cors.max_age);
    answer.fields.append("Access-Control-Max-Age", std::to_string(seconds.count()));
    return answer;
}

}  // namespace nearside::proxy
