#include "aggregators/json_fault.h"

#include "aggregators/utf8.h"
#include "core/ascii.h"
#include "core/percent_encoding.h"

#include <fmt/format.h>

#include <string>
#include <vector>

namespace nearside::aggregators {
namespace {

class plain_reader {
public:
    plain_reader(std::string_view text, std::uint32_t depth_limit) : text_(text), depth_limit_(depth_limit) {}

    bool document() {
        skip_space();
        if (at_ == text_.size()) return fail("an empty document");
        // Brackets that are open, innermost last; a stack of our own, so that depth costs no call stack.
        std::vector<char> open;
        while (true) {
            const char c = peek();
            if (c == '{' || c == '[') {
                if (open.size() == depth_limit_) return too_deep();
                open.push_back(c);
                ++at_;
                skip_space();
                if (peek() == (c == '{' ? '}' : ']')) {
                    ++at_;
                    open.pop_back();
                } else {
                    if (c == '{' && !key()) return false;
                    continue;
                }
            } else if (!scalar()) {
                return false;
            }
            skip_space();
            while (!open.empty() && peek() == (open.back() == '{' ? '}' : ']')) {
                ++at_;
                open.pop_back();
                skip_space();
            }
            if (open.empty()) return at_ == text_.size() || fail("something after the end of the document");
            if (peek() != ',') return fail(open.back() == '{' ? "neither ',' nor '}'" : "neither ',' nor ']'");
            ++at_;
            skip_space();
            if (open.back() == '{' && !key()) return false;
        }
    }

    error take_failure() { return std::move(failure_); }

private:
    char peek() const noexcept { return at_ < text_.size() ? text_[at_] : '\0'; }

    void skip_space() noexcept {
        while (at_ < text_.size() &&
               (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r'))
            ++at_;
    }

    bool key() {
        if (peek() != '"') return fail("a member without a quoted name");
        if (!string()) return false;
        skip_space();
        if (peek() != ':') return fail("a member name without ':'");
        ++at_;
        skip_space();
        return true;
    }

    bool scalar() {
        switch (peek()) {
            case '"':
                return string();
            case 't':
                return word("true");
            case 'f':
                return word("false");
            case 'n':
                return word("null");
            default:
                return number();
        }
    }

    bool word(std::string_view expected) {
        if (text_.substr(at_, expected.size()) != expected) return fail("a word that is not true, false or null");
        at_ += expected.size();
        return true;
    }

    std::size_t digits() noexcept {
        const std::size_t from = at_;
        while (is_digit(peek()))
            ++at_;
        return at_ - from;
    }

    bool number() {
        const std::size_t from = at_;
        if (peek() == '-') ++at_;
        const std::size_t first = at_;
        if (digits() == 0) return fail(first == from ? "no value" : "a '-' without digits");
        if (at_ - first > 1 && text_[first] == '0') return fail("a number that begins with 0");
        if (peek() == '.') {
            ++at_;
            if (digits() == 0) return fail("a '.' without digits");
        }
        if (peek() == 'e' || peek() == 'E') {
            ++at_;
            if (peek() == '+' || peek() == '-') ++at_;
            if (digits() == 0) return fail("an exponent without digits");
        }
        return true;
    }

    bool string() {
        const std::size_t from = at_++;
        while (at_ < text_.size()) {
            const char c = text_[at_];
            if (c == '"') {
                ++at_;
                return utf8(from);
            }
            if (static_cast<unsigned char>(c) < 0x20) return fail("a control character in a string");
            ++at_;
            if (c == '\\' && !escape()) return false;
        }
        at_ = from;
        return fail("a string that does not end");
    }

    bool escape() {
        const char c = peek();
        if (c == 'u') {
            ++at_;
            for (int i = 0; i < 4; ++i, ++at_) {
                const char hex = peek();
                if (hex_digit(hex) < 0) return fail("an escape without four hexadecimal digits");
            }
            return true;
        }
        if (c == '\0' || std::string_view("\"\\/bfnrt").find(c) == std::string_view::npos)
            return fail("an unknown escape");
        ++at_;
        return true;
    }

    bool utf8(std::size_t from) {
        if (is_utf8(text_.substr(from, at_ - from))) return true;
        at_ = from;
        return fail("a string that is not UTF-8");
    }

    bool fail(std::string_view what) {
        failure_ = {errc::invalid_json, fmt::format("{} at byte {}", what, at_)};
        return false;
    }

    bool too_deep() {
        failure_ = {errc::depth_limit, fmt::format("nested deeper than {} levels at byte {}", depth_limit_, at_)};
        return false;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::uint32_t depth_limit_;
    error failure_;
};

}  // namespace

std::optional<error> find_json_fault(std::string_view document, std::uint32_t depth_limit) {
    plain_reader reader(document, depth_limit);
    if (reader.document()) return std::nullopt;
    return reader.take_failure();
}

error explain_json_fault(std::string_view document, std::uint32_t depth_limit) {
    return find_json_fault(document, depth_limit).value_or(error{errc::invalid_json, "the document is too large"});
}

}  // namespace nearside::aggregators
