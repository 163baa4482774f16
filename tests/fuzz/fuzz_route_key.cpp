// links: proxy aggregators cache config core
//
// A target, a host and header fields from the same bytes: whatever they are, normalising is done once and for all, what
// the upstream is asked for has the key of what was asked, and no part of a request can stand for a user's digest.
#include "proxy/route_key.h"
#include "proxy/route_uri.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace std::string_literals;
using nearside::header_fields;
using nearside::proxy::key_rules;
using nearside::proxy::name_set;
using nearside::proxy::route;

void require(bool holds) {
    if (!holds) std::abort();
}

std::array<std::shared_ptr<const route>, 5> make_routes() {
    using rule = key_rules::query_rule;
    std::array<std::shared_ptr<const route>, 5> routes;
    std::size_t at = 0;
    for (const rule query : {rule::as_sent, rule::sorted, rule::only, rule::except, rule::none}) {
        auto made = std::make_shared<route>();
        made->upstream = "api";
        made->key.query = query;
        made->key.parameters = name_set(std::vector{"a"s, "b*"s});
        made->key.headers = {"accept-language"};
        made->key.secret_headers = {"authorization"};
        made->key.cookies = {"theme"};
        made->key.secret_lengths = ~std::size_t{0};
        routes[at++] = std::move(made);
    }
    return routes;
}

std::size_t users_in(std::string_view key) {
    static constexpr std::string_view mark = ";~user=";
    std::size_t count = 0;
    for (auto at = key.find(mark); at != std::string_view::npos; at = key.find(mark, at + 1))
        ++count;
    return count;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const auto routes = make_routes();
    // Target, host, Accept-Language, Authorization, Cookie, each closed by a NUL.
    std::array<std::string, 5> parts;
    std::size_t part = 0;
    for (std::size_t at = 0; at < size && part < parts.size(); ++at) {
        if (data[at] == 0)
            ++part;
        else
            parts[part].push_back(static_cast<char>(data[at]));
    }
    const std::string target = "/" + parts[0];
    header_fields fields;
    for (const auto& [name, value] : {std::pair("Accept-Language", parts[2]), std::pair("Authorization", parts[3]),
                                      std::pair("Cookie", parts[4])}) {
        if (!value.empty()) fields.append(name, value);
    }
    for (const auto& each : routes) {
        const auto understood = nearside::proxy::understand_target(each, {}, target);
        require(nearside::proxy::uri_of(each->key, understood.uri) == understood.uri);
        const std::string asked = nearside::proxy::counted_target(each->key, target);
        require(nearside::proxy::uri_of(each->key, asked) == understood.uri);
        require(nearside::proxy::counted_target(each->key, asked) == asked);

        const std::string user = nearside::proxy::principal_of(fields, *each);
        const std::string key = nearside::proxy::primary_key(understood, "http", parts[1], fields);
        require(users_in(key) == (user.empty() ? 0 : 1));
        require(user.empty() || key.ends_with(user));
        require(key.starts_with(understood.key + ";scheme=http;host="));
    }
    return 0;
}
