// Structured Fields for HTTP (RFC 9651, which holds RFC 8941): dictionaries and lists, strictly: one error anywhere and
// the whole field is no value. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace nearside::cache {

// What a recipient must take at least (RFC 9651 3), and the most that is taken here.
constexpr std::size_t most_sf_members = 1024;
constexpr std::size_t most_sf_parameters = 256;

struct sf_token {
    std::string text;
    friend bool operator==(const sf_token&, const sf_token&) = default;
};
struct sf_decimal {
    std::int64_t thousandths = 0;
    friend bool operator==(const sf_decimal&, const sf_decimal&) = default;
};
struct sf_bytes {
    std::string bytes;
    friend bool operator==(const sf_bytes&, const sf_bytes&) = default;
};
struct sf_date {
    std::int64_t seconds = 0;  // since 1970
    friend bool operator==(const sf_date&, const sf_date&) = default;
};
struct sf_display_string {
    std::string text;  // UTF-8
    friend bool operator==(const sf_display_string&, const sf_display_string&) = default;
};

using sf_bare_item =
    std::variant<std::int64_t, sf_decimal, std::string, sf_token, sf_bytes, bool, sf_date, sf_display_string>;
using sf_parameters = std::vector<std::pair<std::string, sf_bare_item>>;

struct sf_item {
    sf_bare_item value;
    sf_parameters parameters;
    friend bool operator==(const sf_item&, const sf_item&) = default;
};
struct sf_inner_list {
    std::vector<sf_item> items;
    sf_parameters parameters;
    friend bool operator==(const sf_inner_list&, const sf_inner_list&) = default;
};
using sf_member = std::variant<sf_item, sf_inner_list>;
using sf_list = std::vector<sf_member>;
// In the order of the keys' first appearance; a key that comes again has its last value (4.2.2).
using sf_dictionary = std::vector<std::pair<std::string, sf_member>>;

// Of a field's lines joined by ", " (header_fields::combined). An empty value is an empty list or dictionary.
std::optional<sf_list> parse_sf_list(std::string_view value);
std::optional<sf_dictionary> parse_sf_dictionary(std::string_view value);
std::optional<sf_item> parse_sf_item(std::string_view value);

}  // namespace nearside::cache
