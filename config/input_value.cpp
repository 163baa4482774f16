#include "config/input_value.h"

#include "core/ascii.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <system_error>

namespace nearside::config {
namespace {

using input = view_settings::query_parameter;
using input_type = view_settings::input_type;

constexpr std::size_t longest_number = 40;  // bytes
constexpr std::size_t most_integer_digits = 38;

// Leading zeros and the sign of zero are nobody's meaning.
std::optional<std::string> plain_integer(std::string_view text) {
    const bool negative = text.starts_with('-');
    if (negative) text.remove_prefix(1);
    if (text.empty() || !std::all_of(text.begin(), text.end(), is_digit)) return std::nullopt;
    text.remove_prefix(std::min(text.find_first_not_of('0'), text.size() - 1));
    if (text.size() > most_integer_digits) return std::nullopt;
    return (negative && text != "0" ? "-" : "") + std::string(text);
}

template <class Number>
std::optional<Number> value_of(std::string_view text) {
    Number value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    if (read.ec != std::errc{} || read.ptr != text.data() + text.size()) return std::nullopt;
    return value;
}

// As JSON writes one (RFC 8259 6).
bool is_number(std::string_view text) {
    if (text.size() > longest_number) return false;
    std::size_t at = text.starts_with('-') ? 1 : 0;
    const auto digits = [&] {
        const std::size_t from = at;
        while (at < text.size() && is_digit(text[at]))
            ++at;
        return at - from;
    };
    const std::size_t whole_from = at;
    const std::size_t whole = digits();
    if (whole == 0 || (whole > 1 && text[whole_from] == '0')) return false;
    if (at < text.size() && text[at] == '.') {
        ++at;
        if (digits() == 0) return false;
    }
    if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
        ++at;
        if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
        if (digits() == 0) return false;
    }
    return at == text.size() && value_of<double>(text);
}

std::string what_it_should_be(const input& of) {
    if (!of.choices.empty()) {
        std::string all;
        for (const std::string& each : of.choices)
            all += (all.empty() ? "" : ", ") + each;
        return "must be one of " + all;
    }
    std::string text = of.type == input_type::integer ? "must be a whole number" : "must be a number";
    if (of.type == input_type::boolean) return "must be true or false";
    if (of.min && of.max) return text + fmt::format(" from {} to {}", *of.min, *of.max);
    if (of.min) return text + fmt::format(" of at least {}", *of.min);
    if (of.max) return text + fmt::format(" of at most {}", *of.max);
    return text;
}

std::optional<std::string> normal_form(const input& of, std::string_view text) {
    switch (of.type) {
        case input_type::integer:
            return plain_integer(text);
        case input_type::number:
            return is_number(text) ? std::optional(std::string(text)) : std::nullopt;
        case input_type::boolean:
            if (text == "true" || text == "1" || text.empty()) return "true";
            if (text == "false" || text == "0") return "false";
            return std::nullopt;
        case input_type::text:
            break;
    }
    return std::string(text);
}

bool is_within(const input& of, std::string_view text) {
    if (!of.min && !of.max) return true;
    const auto value = value_of<long double>(text);  // which holds 64 bits of an integer exactly
    return value && (!of.min || *value >= *of.min) && (!of.max || *value <= *of.max);
}

}  // namespace

std::string_view to_string(input_type type) noexcept {
    switch (type) {
        case input_type::integer:
            return "integer";
        case input_type::number:
            return "number";
        case input_type::boolean:
            return "boolean";
        case input_type::text:
            break;
    }
    return "string";
}

reading<std::string> read_input(const input& of, std::string_view text) {
    auto value = normal_form(of, text);
    const bool chosen =
        of.choices.empty() || (value && std::find(of.choices.begin(), of.choices.end(), *value) != of.choices.end());
    if (value && chosen && is_within(of, *value)) return {std::move(value), {}, {}};
    return {std::nullopt, what_it_should_be(of), {}};
}

bool is_field_value(std::string_view text) noexcept {
    return std::none_of(text.begin(), text.end(), [](char letter) {
        return (static_cast<unsigned char>(letter) < ' ' && letter != '\t') || letter == '\x7f';
    });
}

}  // namespace nearside::config
