#include "loadtest/farapi/api.h"

#include "loadtest/farapi/api_replies.h"
#include "loadtest/farapi/json_text.h"
#include "loadtest/farapi/page.h"

#include <algorithm>

namespace nearside::farapi {

namespace {

constexpr std::string_view token_suffix = "-token";
constexpr std::string_view staff_name = "staff";

std::vector<std::string_view> segments(std::string_view path) {
    std::vector<std::string_view> parts;
    while (!path.empty()) {
        const auto end = path.find('/');
        if (end != 0) parts.push_back(path.substr(0, end));
        if (end == std::string_view::npos) break;
        path.remove_prefix(end + 1);
    }
    return parts;
}

reply unauthenticated(std::string_view detail) {
    auto answer = json_reply(401, detail_document(detail));
    answer.fields.append("WWW-Authenticate", "Token");
    return answer;
}

}  // namespace

std::optional<principal> api::authenticate(const request_head& head, reply& refusal) const {
    if (!options_.authenticate) return principal{.user_id = 0, .staff = true};
    const auto credentials = head.fields.find("Authorization");
    if (!credentials) {
        refusal = unauthenticated("Authentication credentials were not provided.");
        return std::nullopt;
    }
    const auto space = credentials->find(' ');
    const auto scheme = credentials->substr(0, space);
    auto token = space == std::string_view::npos ? std::string_view{} : credentials->substr(space + 1);
    if ((iequals(scheme, "Token") || iequals(scheme, "Bearer")) && token.ends_with(token_suffix)) {
        token.remove_suffix(token_suffix.size());
        if (token == staff_name) return principal{.user_id = 0, .staff = true};
        if (const auto id = data_.find_username(token)) return principal{.user_id = *id, .staff = false};
    }
    refusal = unauthenticated("Invalid token.");
    return std::nullopt;
}

reply api::answer(const request& asked, world_time now) {
    const auto path = asked.head.path();
    auto parts = segments(path);
    if (parts.size() < 2 || parts[0] != "api") return not_found_reply();
    const bool read = asked.head.method == "GET" || asked.head.method == "HEAD";
    if (!path.ends_with('/') && read) {
        // Django's APPEND_SLASH.
        reply answer;
        answer.status = 301;
        std::string location(path);
        location += "/";
        if (!asked.head.query().empty()) location.append("?").append(asked.head.query());
        answer.fields.append("Location", location);
        return answer;
    }
    reply refusal;
    const auto who = authenticate(asked.head, refusal);
    if (!who) return refusal;
    if (asked.head.method == "OPTIONS") {
        auto described = json_reply(200, R"({"renders":["application/json"],"parses":["application/json"]})");
        described.fields.append("Allow", "GET, POST, PATCH, HEAD, OPTIONS");
        return described;
    }
    const auto kind = parts[1];
    parts.erase(parts.begin(), parts.begin() + 2);
    const call of{asked, *who, parse_query(asked.head.query()), std::move(parts), now};
    if (kind == "users") return users(of);
    if (kind == "projects") return projects(of);
    if (kind == "jobs") return jobs(of);
    if (kind == "artifacts") return artifacts(of);
    return not_found_reply();
}

std::string api::own_url(const call& of) const {
    std::string url = options_.public_url;
    if (url.empty()) url = "http://" + std::string(of.asked.head.fields.find("Host").value_or("localhost"));
    return url.append(of.asked.head.path());
}

std::optional<project> api::visible_project(const call& of, record_id id) const {
    auto found = data_.find_project(id);
    if (!found || !data_.sees(of.who, *found)) return std::nullopt;
    return found;
}

reply api::users(const call& of) const {
    const auto& method = of.asked.head.method;
    if (method != "GET" && method != "HEAD") return method_not_allowed_reply(method, "GET, HEAD, OPTIONS");
    if (of.path.size() > 1) return not_found_reply();
    if (of.path.size() == 1) {
        const auto id = parse_whole(of.path[0]);
        const auto found = id ? data_.find_user(*id) : std::nullopt;
        if (!found) return not_found_reply();
        std::string document;
        append_user(document, *found);
        return json_reply(200, std::move(document));
    }
    const std::uint64_t count = data_.options().users;
    const auto page = read_page(of.query, count);
    if (!page) return json_reply(404, detail_document("Invalid page."));
    return json_reply(200, page_document(*page, count, own_url(of), of.query, [&](std::string& out) {
                          for (auto at = page->offset(); at < std::min(count, page->offset() + page->size); ++at) {
                              if (at != page->offset()) out += ",";
                              append_user(out, *data_.find_user(world::first_user + at));
                          }
                      }));
}

}  // namespace nearside::farapi
