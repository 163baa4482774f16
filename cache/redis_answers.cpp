#include "cache/redis_answers.h"

#include <algorithm>
#include <charconv>

namespace nearside::cache {

std::string_view redis_error_code(std::string_view text) noexcept {
    return text.substr(0, text.find(' '));
}

std::string_view redis_error_code(const redis_reply& reply) noexcept {
    return reply.is_error() ? redis_error_code(reply.text()) : std::string_view{};
}

error error_of(const redis_reply& reply) {
    constexpr std::size_t most_bytes = 200;
    std::string_view text = reply.text();
    // "ERR unknown command 'X', with args beginning with: ..."
    text = text.substr(0, text.find(", with args"));
    // "ERR Error running script ...": what a script raised comes after the first line.
    text = text.substr(0, text.find_first_of("\r\n"));
    return {errc::redis_error, std::string(text.substr(0, most_bytes))};
}

bool says_primary(const redis_reply& role) noexcept {
    return role.is(redis_reply::kind::array) && !role.items.empty() && role.items.front().text() == "master";
}

std::optional<std::uint16_t> parse_port(std::string_view text) noexcept {
    std::uint16_t port = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (failure != std::errc{} || end != text.data() + text.size() || port == 0) return std::nullopt;
    return port;
}

std::optional<config::redis_settings::endpoint> primary_address(const redis_reply& reply) {
    constexpr std::size_t host_and_port = 2;
    if (!reply.is(redis_reply::kind::array) || reply.items.size() != host_and_port) return std::nullopt;
    const auto port = parse_port(reply.items[1].text());
    if (!port || reply.items[0].text().empty()) return std::nullopt;
    return config::redis_settings::endpoint{std::string(reply.items[0].text()), *port};
}

bool switches_primary(std::string_view payload, std::string_view name) noexcept {
    return payload.size() > name.size() && payload.starts_with(name) && payload[name.size()] == ' ';
}

}  // namespace nearside::cache
