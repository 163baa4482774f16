#include "aggregators/recipe.h"

#include <charconv>
#include <utility>

namespace nearside::aggregators {
namespace {

constexpr std::string_view first_line = "recipe 1";
constexpr std::string_view nothing = "-";
constexpr std::int64_t longest_timeout = 86'400'000;  // milliseconds: a day

// Visible ASCII, which is what targets, names and entity tags are made of; a space or a line's end would tear the text.
bool is_word(std::string_view text) noexcept {
    if (text.empty()) return false;
    for (const char each : text) {
        if (each <= ' ' || each > '~') return false;
    }
    return true;
}

template <class Number>
std::optional<Number> read_number(std::string_view text, int base = 10) noexcept {
    Number value{};
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (failed != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

// Takes what stands before the next `end` off the front; nullopt when there is none.
std::optional<std::string_view> take(std::string_view& rest, char end) noexcept {
    const std::size_t at = rest.find(end);
    if (at == std::string_view::npos) return std::nullopt;
    const std::string_view word = rest.substr(0, at);
    rest.remove_prefix(at + 1);
    return word;
}

std::optional<recipe_call> read_call(std::string_view line) {
    const auto wave = take(line, ' ');
    const auto step = wave ? take(line, ' ') : std::nullopt;
    const auto timeout = step ? take(line, ' ') : std::nullopt;
    const auto hash = timeout ? take(line, ' ') : std::nullopt;
    const auto asked_with = hash ? take(line, ' ') : std::nullopt;
    const auto upstream = asked_with ? take(line, ' ') : std::nullopt;
    if (!upstream || !is_word(*upstream) || !is_word(line) || line.front() != '/') return std::nullopt;
    const auto wave_number = read_number<std::uint32_t>(*wave);
    const auto step_number = read_number<std::uint32_t>(*step);
    const auto hash_number = read_number<std::uint64_t>(*hash, 16);
    const auto with_number = read_number<std::uint64_t>(*asked_with, 16);
    if (!wave_number || *wave_number == 0 || !step_number || !hash_number || !with_number) return std::nullopt;
    recipe_call call;
    call.upstream = *upstream;
    call.target = line;
    call.wave = *wave_number;
    call.step = *step_number;
    call.content_hash = *hash_number;
    call.asked_with = *with_number;
    if (*timeout != nothing) {
        const auto number = read_number<std::int64_t>(*timeout);
        if (!number || *number < 0 || *number > longest_timeout) return std::nullopt;
        call.timeout = milliseconds(*number);
    }
    return call;
}

void append_number(std::string& text, std::uint64_t number, int base, char end) {
    char digits[20];
    const auto written = std::to_chars(digits, digits + sizeof digits, number, base);
    text.append(digits, written.ptr);
    text.push_back(end);
}

}  // namespace

std::optional<std::string> to_text(const recipe& of) {
    if (of.calls.empty() || of.calls.size() > recipe::most_calls) return std::nullopt;
    std::string text(first_line);
    text.push_back('\n');
    text.append(is_word(of.made) ? std::string_view(of.made) : nothing).push_back('\n');
    for (const recipe_call& call : of.calls) {
        if (!is_word(call.upstream) || !is_word(call.target) || call.target.front() != '/') return std::nullopt;
        append_number(text, call.wave, 10, ' ');
        append_number(text, call.step, 10, ' ');
        if (call.timeout && call.timeout->count() >= 0 && call.timeout->count() <= longest_timeout)
            append_number(text, static_cast<std::uint64_t>(call.timeout->count()), 10, ' ');
        else
            text.append(nothing).push_back(' ');
        append_number(text, call.content_hash, 16, ' ');
        append_number(text, call.asked_with, 16, ' ');
        text.append(call.upstream).append(" ").append(call.target).push_back('\n');
        if (text.size() > recipe::most_bytes) return std::nullopt;
    }
    return text;
}

std::optional<recipe> parse_recipe(std::string_view text) {
    if (text.size() > recipe::most_bytes) return std::nullopt;
    if (take(text, '\n') != first_line) return std::nullopt;
    const auto made = take(text, '\n');
    if (!made || !is_word(*made)) return std::nullopt;
    recipe read;
    if (*made != nothing) read.made = *made;
    while (!text.empty()) {
        const auto line = take(text, '\n');
        if (!line || read.calls.size() == recipe::most_calls) return std::nullopt;
        std::optional<recipe_call> call = read_call(*line);
        if (!call) return std::nullopt;
        read.calls.push_back(*std::move(call));
    }
    if (read.calls.empty()) return std::nullopt;
    return read;
}

}  // namespace nearside::aggregators
