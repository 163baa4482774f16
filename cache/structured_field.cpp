#include "cache/structured_field.h"

#include "core/ascii.h"
#include "core/utf8.h"

#include <algorithm>
#include <array>

namespace nearside::cache {

namespace {

bool is_lower(char letter) noexcept {
    return letter >= 'a' && letter <= 'z';
}

int base64_digit(char letter) noexcept {
    if (letter >= 'A' && letter <= 'Z') return letter - 'A';
    if (letter >= 'a' && letter <= 'z') return letter - 'a' + 26;
    if (is_digit(letter)) return letter - '0' + 52;
    if (letter == '+') return 62;
    return letter == '/' ? 63 : -1;
}

// RFC 4648 4. Missing padding and set pad bits are taken (RFC 9651 4.2.7).
std::optional<std::string> base64_decoded(std::string_view text) {
    std::string bytes;
    std::uint32_t kept = 0;
    int bits = 0;
    std::size_t at = 0;
    for (; at < text.size() && text[at] != '='; ++at) {
        const int digit = base64_digit(text[at]);
        if (digit < 0) return std::nullopt;
        kept = (kept << 6 | static_cast<std::uint32_t>(digit)) & 0xffffU;
        bits += 6;
        if (bits < 8) continue;
        bits -= 8;
        bytes += static_cast<char>(kept >> bits & 0xffU);
    }
    const std::size_t padding = text.size() - at;
    const bool only_padding = text.find_first_not_of('=', at) == std::string_view::npos;
    if (!only_padding || at % 4 == 1 || (padding != 0 && (at + padding) % 4 != 0) || padding > 2) return std::nullopt;
    return bytes;
}

// RFC 9651 4.2, step by step. Each reader leaves the cursor behind what it read; false ends all.
class reader {
public:
    explicit reader(std::string_view text) : rest_(text) { skip_spaces(); }

    bool list(sf_list& into) {
        while (!rest_.empty()) {
            if (into.size() == most_sf_members) return false;
            if (!member(into.emplace_back())) return false;
            if (!another()) return ended();
        }
        return !after_comma_;
    }

    bool dictionary(sf_dictionary& into) {
        while (!rest_.empty()) {
            std::string name;
            if (!key(name)) return false;
            sf_member value;
            if (taken('=')) {
                if (!member(value)) return false;
            } else {
                sf_item yes{.value = true, .parameters = {}};
                if (!parameters(yes.parameters)) return false;
                value = std::move(yes);
            }
            const auto known =
                std::find_if(into.begin(), into.end(), [&name](const auto& each) { return each.first == name; });
            if (known != into.end()) {
                known->second = std::move(value);
            } else {
                if (into.size() == most_sf_members) return false;
                into.emplace_back(std::move(name), std::move(value));
            }
            if (!another()) return ended();
        }
        return !after_comma_;
    }

    bool item(sf_item& into) { return bare_item(into.value) && parameters(into.parameters); }

    bool ended() {
        skip_spaces();
        return rest_.empty() && !after_comma_;
    }

private:
    bool taken(char expected) noexcept {
        if (!rest_.starts_with(expected)) return false;
        rest_.remove_prefix(1);
        return true;
    }

    void skip_spaces() noexcept {
        while (rest_.starts_with(' '))
            rest_.remove_prefix(1);
    }

    void skip_blanks() noexcept {
        while (rest_.starts_with(' ') || rest_.starts_with('\t'))
            rest_.remove_prefix(1);
    }

    // A comma with something behind it.
    bool another() {
        std::string_view before = rest_;
        skip_blanks();
        if (!taken(',')) {
            // What trails the last member is spaces alone, no tabs.
            rest_ = before;
            return false;
        }
        skip_blanks();
        after_comma_ = rest_.empty();
        return true;
    }

    bool member(sf_member& into) {
        if (rest_.starts_with('(')) return inner_list(into.emplace<sf_inner_list>());
        return item(into.emplace<sf_item>());
    }

    bool inner_list(sf_inner_list& into) {
        rest_.remove_prefix(1);
        while (true) {
            skip_spaces();
            if (taken(')')) return parameters(into.parameters);
            if (into.items.size() == most_sf_parameters) return false;
            if (!item(into.items.emplace_back())) return false;
            if (!rest_.starts_with(' ') && !rest_.starts_with(')')) return false;
        }
    }

    bool key(std::string& into) {
        if (rest_.empty() || (!is_lower(rest_.front()) && rest_.front() != '*')) return false;
        const auto end = std::find_if_not(rest_.begin(), rest_.end(), [](char letter) {
            return is_lower(letter) || is_digit(letter) || letter == '_' || letter == '-' || letter == '.' ||
                   letter == '*';
        });
        into.assign(rest_.begin(), end);
        rest_.remove_prefix(into.size());
        return true;
    }

    bool parameters(sf_parameters& into) {
        while (taken(';')) {
            skip_spaces();
            std::string name;
            if (!key(name)) return false;
            sf_bare_item value = true;
            if (taken('=') && !bare_item(value)) return false;
            const auto known =
                std::find_if(into.begin(), into.end(), [&name](const auto& each) { return each.first == name; });
            if (known != into.end()) {
                known->second = std::move(value);
                continue;
            }
            if (into.size() == most_sf_parameters) return false;
            into.emplace_back(std::move(name), std::move(value));
        }
        return true;
    }

    bool bare_item(sf_bare_item& into) {
        if (rest_.empty()) return false;
        const char first = rest_.front();
        if (first == '-' || is_digit(first)) return number(into);
        if (first == '"') return string(into.emplace<std::string>());
        if (first == '*' || is_letter(first)) return token(into.emplace<sf_token>());
        if (first == ':') return bytes(into.emplace<sf_bytes>());
        if (first == '?') return boolean(into.emplace<bool>());
        if (first == '@') return date(into.emplace<sf_date>());
        if (first == '%') return display_string(into.emplace<sf_display_string>());
        return false;
    }

    // 4.2.4: at most 15 digits, or 12 before and 3 behind the point.
    bool number(sf_bare_item& into) {
        const std::int64_t sign = taken('-') ? -1 : 1;
        std::int64_t whole = 0;
        std::size_t count = 0;
        if (!digits(whole, count) || count > 15) return false;
        if (!rest_.starts_with('.')) {
            into = sign * whole;
            return true;
        }
        if (count > 12) return false;
        rest_.remove_prefix(1);
        std::int64_t fraction = 0;
        std::size_t places = 0;
        if (!digits(fraction, places) || places > 3) return false;
        for (; places < 3; ++places)
            fraction *= 10;
        into = sf_decimal{sign * (whole * 1000 + fraction)};
        return true;
    }

    // One digit or more; past the fifteenth they are counted only.
    bool digits(std::int64_t& value, std::size_t& count) {
        while (!rest_.empty() && is_digit(rest_.front())) {
            if (++count <= 15) value = value * 10 + (rest_.front() - '0');
            rest_.remove_prefix(1);
        }
        return count != 0;
    }

    bool string(std::string& into) {
        rest_.remove_prefix(1);
        while (!rest_.empty()) {
            char letter = rest_.front();
            rest_.remove_prefix(1);
            if (letter == '"') return true;
            if (letter == '\\') {
                if (!rest_.starts_with('"') && !rest_.starts_with('\\')) return false;
                letter = rest_.front();
                rest_.remove_prefix(1);
            } else if (letter < 0x20 || letter > 0x7e) {
                return false;
            }
            into += letter;
        }
        return false;
    }

    bool token(sf_token& into) {
        const auto end = std::find_if_not(rest_.begin(), rest_.end(), [](char letter) {
            return is_token_byte(letter) || letter == ':' || letter == '/';
        });
        into.text.assign(rest_.begin(), end);
        rest_.remove_prefix(into.text.size());
        return true;
    }

    bool bytes(sf_bytes& into) {
        const std::size_t end = rest_.find(':', 1);
        if (end == std::string_view::npos) return false;
        auto decoded = base64_decoded(rest_.substr(1, end - 1));
        if (!decoded) return false;
        into.bytes = *std::move(decoded);
        rest_.remove_prefix(end + 1);
        return true;
    }

    bool boolean(bool& into) {
        if (rest_.size() < 2 || (rest_[1] != '0' && rest_[1] != '1')) return false;
        into = rest_[1] == '1';
        rest_.remove_prefix(2);
        return true;
    }

    bool date(sf_date& into) {
        rest_.remove_prefix(1);
        if (!rest_.starts_with('-') && (rest_.empty() || !is_digit(rest_.front()))) return false;
        sf_bare_item told;
        if (!number(told)) return false;
        const auto* whole = std::get_if<std::int64_t>(&told);
        if (whole == nullptr) return false;
        into.seconds = *whole;
        return true;
    }

    bool display_string(sf_display_string& into) {
        if (!rest_.starts_with("%\"")) return false;
        rest_.remove_prefix(2);
        while (!rest_.empty()) {
            const char letter = rest_.front();
            rest_.remove_prefix(1);
            if (letter == '"') return find_invalid_utf8(into.text) == std::string_view::npos;
            if (letter < 0x20 || letter > 0x7e) return false;
            if (letter != '%') {
                into.text += letter;
                continue;
            }
            if (rest_.size() < 2) return false;
            const int high = hex_digit(rest_[0]), low = hex_digit(rest_[1]);
            if (high < 0 || low < 0) return false;
            into.text += static_cast<char>(high * 16 + low);
            rest_.remove_prefix(2);
        }
        return false;
    }

    // Lower case alone (4.2.10).
    static int hex_digit(char letter) noexcept {
        if (is_digit(letter)) return letter - '0';
        return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
    }

    std::string_view rest_;
    bool after_comma_ = false;
};

}  // namespace

std::optional<sf_list> parse_sf_list(std::string_view value) {
    sf_list read;
    reader from(value);
    if (!from.list(read)) return std::nullopt;
    return read;
}

std::optional<sf_dictionary> parse_sf_dictionary(std::string_view value) {
    sf_dictionary read;
    reader from(value);
    if (!from.dictionary(read)) return std::nullopt;
    return read;
}

std::optional<sf_item> parse_sf_item(std::string_view value) {
    sf_item read;
    reader from(value);
    if (!from.item(read) || !from.ended()) return std::nullopt;
    return read;
}

}  // namespace nearside::cache
