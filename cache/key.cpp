#include "cache/key.h"

#include "core/ascii.h"

#include <algorithm>
#include <array>
#include <utility>

namespace nearside::cache {

namespace {

// `~` is never written by add(): a parameter named "user" can't stand for a principal.
constexpr std::string_view principal_mark = ";~user=";
constexpr std::string_view words_mark = ";~as=";

constexpr bool is_plain(char letter) noexcept {
    return is_letter(letter) || is_digit(letter) || letter == '-' || letter == '_' || letter == '.' || letter == '/';
}

// A key is written for every request: whole runs at a time, and each byte is judged by one look.
constexpr std::array<bool, 256> plain = [] {
    std::array<bool, 256> each{};
    for (unsigned byte = 0; byte < each.size(); ++byte)
        each[byte] = is_plain(static_cast<char>(byte));
    return each;
}();

void append_encoded(std::string& out, std::string_view text) {
    static constexpr std::string_view digits = "0123456789ABCDEF";
    while (!text.empty()) {
        const auto stop = std::find_if(text.begin(), text.end(),
                                       [](char letter) { return !plain[static_cast<unsigned char>(letter)]; });
        const auto run = static_cast<std::size_t>(stop - text.begin());
        out.append(text.substr(0, run));
        if (run == text.size()) return;
        const auto byte = static_cast<unsigned char>(text[run]);
        out += '%';
        out += digits[byte >> 4];
        out += digits[byte & 15];
        text.remove_prefix(run + 1);
    }
}

}  // namespace

key_builder::key_builder(std::string_view kind, std::string_view name) {
    key_.reserve(96);
    append_encoded(key_, kind);
    key_ += ':';
    append_encoded(key_, name);
}

key_builder& key_builder::add(std::string_view name, std::string_view value) {
    key_ += ';';
    append_encoded(key_, name);
    key_ += '=';
    append_encoded(key_, value);
    return *this;
}

key_builder& key_builder::add_mark(std::string_view mark) {
    if (!mark.empty()) key_.append(words_mark).append(mark);
    return *this;
}

key_builder& key_builder::add_principal(std::string_view digest) {
    if (!digest.empty()) key_.append(principal_mark).append(digest);
    return *this;
}

std::string key_for_principal(std::string_view key, std::string_view digest) {
    std::string begun;
    begun.reserve(key.size() + principal_mark.size() + digest.size());
    begun.append(key);
    return key_builder(std::move(begun)).add_principal(digest).take();
}

}  // namespace nearside::cache
