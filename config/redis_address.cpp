#include "config/redis_address.h"

#include "config/address.h"
#include "core/percent_encoding.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <utility>

namespace nearside::config {

namespace {

constexpr std::uint16_t redis_port = 6379;
constexpr std::uint16_t sentinel_port = 26'379;
constexpr std::string_view mend =
    "write `redis://host:6379/0`, `unix:///run/redis.sock` or `redis+sentinel://host/primary`";

using read_result = reading<redis_settings>;

read_result bad(std::string_view why) {
    return read_result::bad("`redis` is no address of Redis: " + std::string(why), std::string(mend));
}

struct scheme {
    std::string_view name;
    redis_settings::kind topology;
    bool tls;
};
constexpr scheme schemes[] = {
    {"redis", redis_settings::kind::single, false},
    {"rediss", redis_settings::kind::single, true},
    {"redis+sentinel", redis_settings::kind::sentinel, false},
    {"rediss+sentinel", redis_settings::kind::sentinel, true},
    {"redis+cluster", redis_settings::kind::cluster, false},
    {"rediss+cluster", redis_settings::kind::cluster, true},
};

std::optional<std::uint32_t> parse_database(std::string_view text) {
    std::uint32_t number = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    constexpr std::uint32_t most = 1'000'000;
    if (text.empty() || failure != std::errc{} || end != text.data() + text.size() || number > most)
        return std::nullopt;
    return number;
}

// Takes `user:password@` off the front. False: it is no such thing.
bool take_credentials(std::string_view& rest, redis_settings& into) {
    const std::size_t at = rest.substr(0, rest.find('/')).rfind('@');
    if (at == std::string_view::npos) return true;
    const std::string_view given = rest.substr(0, at);
    rest.remove_prefix(at + 1);
    const std::size_t colon = given.find(':');
    if (colon == std::string_view::npos) return false;
    auto user = percent_decoded(given.substr(0, colon));
    auto password = percent_decoded(given.substr(colon + 1));
    if (!user || !password || password->empty()) return false;
    into.user = *std::move(user);
    into.password = *std::move(password);
    return true;
}

std::optional<redis_settings::endpoint> parse_endpoint(std::string_view text, std::uint16_t usual_port) {
    const reading<origin> read = parse_origin("http://" + std::string(text));
    if (!read.value || !read.value->base_path.empty()) return std::nullopt;
    const std::size_t bracket = text.rfind(']');
    const bool has_port = text.find(':', bracket == std::string_view::npos ? 0 : bracket) != std::string_view::npos;
    return redis_settings::endpoint{read.value->host, has_port ? read.value->port : usual_port};
}

read_result parse_socket(std::string_view rest, redis_settings made) {
    if (!take_credentials(rest, made)) return bad("before the `@` belongs `user:password` or `:password`");
    const std::size_t query = rest.find('?');
    const std::string_view path = rest.substr(0, query);
    if (path.size() < 2 || path.front() != '/') return bad("after `unix://` belongs the path of a socket");
    // Of sockaddr_un (unix(7)).
    constexpr std::size_t longest_path = 107;
    if (path.size() > longest_path) return bad("the path of a Unix socket has 107 bytes at most");
    if (query != std::string_view::npos) {
        const std::string_view asked = rest.substr(query + 1);
        const auto database = asked.starts_with("db=") ? parse_database(asked.substr(3)) : std::nullopt;
        if (!database) return bad("after `?` belongs `db=` and a number");
        made.database = *database;
    }
    made.socket_path = path;
    made.where = "unix://" + made.socket_path;
    return read_result::good(std::move(made));
}

}  // namespace

reading<redis_settings> parse_redis_url(std::string_view text) {
    const std::size_t colon = text.find("://");
    if (colon == std::string_view::npos) return bad("it has no scheme");
    const std::string_view name = text.substr(0, colon);
    std::string_view rest = text.substr(colon + 3);
    redis_settings made;
    if (name == "unix") return parse_socket(rest, std::move(made));
    const auto found =
        std::find_if(std::begin(schemes), std::end(schemes), [name](const scheme& each) { return each.name == name; });
    if (found == std::end(schemes))
        return bad("its scheme is none of redis, rediss, unix, redis+sentinel and redis+cluster");
    made.topology = found->topology;
    made.tls = found->tls;
    if (!take_credentials(rest, made)) return bad("before the `@` belongs `user:password` or `:password`");

    const std::size_t slash = rest.find('/');
    std::string_view hosts = rest.substr(0, slash);
    std::string_view path = slash == std::string_view::npos ? std::string_view{} : rest.substr(slash + 1);
    made.where = std::string(name).append("://").append(hosts);
    while (true) {
        const std::size_t comma = hosts.find(',');
        const bool of_sentinels = made.topology == redis_settings::kind::sentinel;
        const auto endpoint = parse_endpoint(hosts.substr(0, comma), of_sentinels ? sentinel_port : redis_port);
        if (!endpoint) return bad("a host is broken");
        made.endpoints.push_back(*endpoint);
        if (comma == std::string_view::npos) break;
        hosts.remove_prefix(comma + 1);
    }
    if (made.topology == redis_settings::kind::single && made.endpoints.size() > 1)
        return bad("several hosts belong to `redis+sentinel://` or `redis+cluster://`");
    if (made.topology == redis_settings::kind::sentinel) {
        const std::size_t end = path.find('/');
        made.primary = path.substr(0, end);
        path = end == std::string_view::npos ? std::string_view{} : path.substr(end + 1);
        if (made.primary.empty()) return bad("after the Sentinels belongs `/` and the name they know the primary by");
        made.where.append("/").append(made.primary);
    }
    if (!path.empty()) {
        const auto database = parse_database(path);
        if (!database) return bad("the database is no number");
        made.database = *database;
        made.where.append("/").append(path);
    }
    if (made.topology == redis_settings::kind::cluster && made.database != 0)
        return bad("a cluster has no database but 0");
    return read_result::good(std::move(made));
}

}  // namespace nearside::config
