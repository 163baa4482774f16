#include "proxy/stream_request.h"

#include "core/percent_encoding.h"
#include "proxy/accept.h"
#include "proxy/authority.h"
#include "proxy/query_pairs.h"
#include "proxy/token_claims.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace nearside::proxy {

namespace {

constexpr std::string_view view_parameter = "view";
constexpr std::string_view id_parameter = "last_event_id";

}  // namespace

bool wants_stream(const header_fields& request) {
    std::uint16_t stream = 0, other = 0;
    for_each_accepted(request, [&](const accepted_range& each) {
        std::uint16_t& liked = iequals(each.type, stream_type) ? stream : other;
        if (each.type != "*/*") liked = std::max(liked, each.weight);
    });
    return stream > 0 && stream >= other;
}

result<std::vector<std::string>> views_of_stream(std::string_view query, std::size_t most) {
    std::vector<std::string> views;
    bool broken = false;
    for_each_query_pair(query, [&](const query_pair& pair) {
        if (pair.name != view_parameter || broken) return;
        std::optional<std::string> url = percent_decoded(pair.value, true);
        broken = !url || url->empty();
        if (!broken && std::find(views.begin(), views.end(), *url) == views.end()) views.push_back(*std::move(url));
    });
    if (broken) return error{errc::invalid_parameter, "a `view` is no percent-encoded URL"};
    if (views.empty()) return error{errc::invalid_parameter, "name views: /stream?view=<url>&view=<url>"};
    if (views.size() > most)
        return error{errc::invalid_parameter, "more than " + std::to_string(most) + " views in one stream"};
    return views;
}

result<std::string> target_of_view_url(std::string_view url, std::string_view scheme, std::string_view authority) {
    url = url.substr(0, url.find('#'));
    std::string_view target = url;
    if (!url.starts_with('/') || url.starts_with("//")) {
        const auto colon = url.find("//");
        const std::string_view before = colon == std::string_view::npos ? url : url.substr(0, colon);
        const std::string_view rest = colon == std::string_view::npos ? "" : url.substr(colon + 2);
        const std::string_view host = rest.substr(0, rest.find_first_of("/?"));
        const unsigned port = scheme == "https" ? 443 : 80;
        const bool own = (before.empty() || before == std::string(scheme) + ":") && valid_authority(host) &&
                         valid_authority(authority) && same_authority(host, authority, port);
        if (!own) return error{errc::invalid_parameter, "a view of this host is needed: its path and query"};
        target = rest.substr(host.size());
    }
    const bool clean = std::all_of(target.begin(), target.end(), [](char letter) {
        return static_cast<unsigned char>(letter) > ' ' && letter != '\x7f';
    });
    if (!target.starts_with('/') || !clean) return error{errc::invalid_parameter, "this is no URL of a view"};
    return std::string(target);
}

std::string view_url_of(const request_head& request) {
    std::string url(request.path());
    char before = '?';
    for_each_query_pair(request.query(), [&](const query_pair& pair) {
        if (pair.name == id_parameter) return;
        url.append(1, before).append(pair.whole);
        before = '&';
    });
    return url;
}

std::string last_event_id(const request_head& request) {
    if (const auto sent = request.fields.find("last-event-id")) return std::string(*sent);
    std::string id;
    for_each_query_pair(request.query(), [&](const query_pair& pair) {
        if (pair.name == id_parameter) id = percent_decoded(pair.value).value_or(std::string());
    });
    return id;
}

std::optional<wall_time> token_expiry(const header_fields& request) {
    const auto payload = token_payload(request);
    if (!payload) return std::nullopt;
    const auto claim = read_claim(*payload, "exp");
    if (!claim) return std::nullopt;
    double seconds = 0;
    const auto [end, failed] = std::from_chars(claim->data(), claim->data() + claim->size(), seconds);
    // Beyond this, a time in microseconds would not be one any more; it is the year 5138.
    constexpr double latest = 1e11;
    if (failed != std::errc() || !(seconds >= 0 && seconds <= latest)) return std::nullopt;
    return wall_time(std::chrono::microseconds(static_cast<std::int64_t>(seconds * 1e6)));
}

}  // namespace nearside::proxy
