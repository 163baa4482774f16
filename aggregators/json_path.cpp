#include "aggregators/json_path.h"

#include "aggregators/json_text.h"
#include "core/ascii.h"
#include "core/json_string.h"
#include "core/utf8.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <stdexcept>

namespace nearside::aggregators {
namespace {

// The largest index RFC 9535 2.1 lets a path have: what every JSON reader can represent.
constexpr std::int64_t largest_index = (std::int64_t{1} << 53) - 1;
// Selectors of one path; more is no path that anyone wrote by hand.
constexpr std::size_t most_selectors = 64;

bool is_name_first(char c) noexcept {
    return is_letter(c) || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

bool is_name_byte(char c) noexcept {
    return is_name_first(c) || is_digit(c) || c == '-';
}

// A recursive descent over the text; the first problem ends it.
class path_parser {
public:
    explicit path_parser(std::string_view text) : text_(text) {}

    parsed<json_path> whole_path() {
        json_path path;
        if (!is_text()) return problem_;
        const bool rooted = take("$");
        if (!rooted && (is_name_first(peek()))) {
            path.selectors.emplace_back(name_selector{name()});
        } else if (!rooted && peek() != '[') {
            fail("a path begins with a name, '[' or '$'",
                 text_.empty() ? "write `$` for the whole document" : "write it like `jobs.results[0].id`");
        }
        selectors(path);
        if (failed_) return problem_;
        return path;
    }

    parsed<reference> whole_reference() {
        reference made;
        if (!is_text()) return problem_;
        if (take("$")) {
            if (!take(".")) fail("'$' alone names no step", "write the name of a step, as in `project.name`");
        }
        if (!failed_ && !is_name_first(peek()))
            fail("a reference begins with the name of a step, a parameter or a loop",
                 "a text is written as `literal: \"..\"`");
        if (!failed_) made.root = name();
        if (!failed_ && peek() == '[' && is_name_first(peek(1))) {
            ++at_;
            made.loop = name();
            if (!take("]")) fail("']' is missing here", fmt::format("write `{}[{}]`", made.root, *made.loop));
        }
        if (!failed_) selectors(made.path);
        if (failed_) return problem_;
        return made;
    }

private:
    char peek(std::size_t ahead = 0) const noexcept { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

    bool take(std::string_view token) noexcept {
        if (!text_.substr(at_).starts_with(token)) return false;
        at_ += token.size();
        return true;
    }

    void space() noexcept {
        while (peek() == ' ')
            ++at_;
    }

    void fail(std::string what, std::string mend) {
        if (failed_) return;
        failed_ = true;
        problem_ = {at_, std::move(what), std::move(mend)};
    }

    std::string name() {
        const std::size_t from = at_;
        while (is_name_byte(peek()))
            ++at_;
        return std::string(text_.substr(from, at_ - from));
    }

    void selectors(json_path& path) {
        while (!failed_ && at_ < text_.size()) {
            if (path.selectors.size() == most_selectors)
                return fail(fmt::format("a path of more than {} parts", most_selectors),
                            "select a part in one step, and the rest from there");
            if (take("..")) {
                --at_;
                return fail("'..' (any depth) is not supported", "name each part of the way");
            }
            if (take(".")) {
                if (take("*")) {
                    path.selectors.emplace_back(wildcard_selector{});
                } else if (is_name_first(peek())) {
                    path.selectors.emplace_back(name_selector{name()});
                } else if (is_digit(peek())) {
                    fail("a name after '.' cannot begin with a digit", "write an index as `[0]`, a name as `['0']`");
                } else {
                    fail("a name is missing after '.'", "names with other characters are written `['..']`");
                }
            } else if (take("[")) {
                bracket(path);
            } else {
                fail(fmt::format("'{}' has no place in a path", peek()),
                     "names with other characters are written `['..']`");
            }
        }
    }

    void bracket(json_path& path) {
        space();
        const char c = peek();
        if (c == '\'' || c == '"') {
            path.selectors.emplace_back(name_selector{quoted()});
        } else if (take("*")) {
            path.selectors.emplace_back(wildcard_selector{});
        } else if (take("?")) {
            filter(path);
        } else if (c == '-' || is_digit(c)) {
            index(path);
        } else if (is_name_first(c)) {
            const std::size_t from = at_;
            const std::string word = name();
            at_ = from;
            return fail(fmt::format("'{}' in brackets is neither an index nor a quoted name", word),
                        fmt::format("write `['{}']`; a loop's name stands right after a step's", word));
        } else {
            return fail("neither an index, '*', '?' nor a quoted name",
                        "write `[0]`, `[*]`, `['name']` or `[?@.name == 1]`");
        }
        space();
        if (failed_ || take("]")) return;
        if (peek() == ',')
            return fail("several selectors in one bracket are not supported", "write one reference for each");
        if (peek() == ':') return fail("slices are not supported", "write `[*]` for all, or one index");
        fail("']' is missing here", "close the bracket");
    }

    void index(json_path& path) {
        const std::size_t from = at_;
        if (peek() == '-') ++at_;
        while (is_digit(peek()))
            ++at_;
        const std::string_view digits = text_.substr(from, at_ - from);
        std::int64_t number = 0;
        const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
        const bool leading_zero = digits.size() > 1 && (digits.starts_with("0") || digits.starts_with("-0"));
        if (failure != std::errc{} || leading_zero || number > largest_index || number < -largest_index) {
            at_ = from;
            return fail(fmt::format("'{}' is not an index", digits),
                        "write `[0]` for the first item, `[-1]` for the last");
        }
        path.selectors.emplace_back(index_selector{number});
    }

    // A name that is no text is in no document.
    bool is_text() {
        const std::size_t broken = find_invalid_utf8(text_);
        if (broken >= text_.size()) return true;
        at_ = broken;
        fail("this is not UTF-8", "save the file as UTF-8");
        return false;
    }

    // A string in either kind of quotes, with JSON's escapes and \' (RFC 9535 2.3.1.1).
    std::string quoted() {
        const std::size_t from = at_;
        const char quote = peek();
        std::string json = "\"";
        for (++at_; at_ < text_.size() && peek() != quote; ++at_) {
            const char c = peek();
            if (c == '\\') {
                const char next = peek(1);
                ++at_;
                if (next == '\'') {
                    json += '\'';
                } else if (next == 'u' && hex(2) && hex(3) && hex(4) && hex(5)) {
                    json += text_.substr(at_ - 1, 6);
                    at_ += 4;
                } else if (next != '\0' && std::string_view("\"\\/bfnrt").find(next) != std::string_view::npos) {
                    json += {'\\', next};
                } else {
                    --at_;
                    fail("an unknown escape", "write a backslash as two of them");
                    return {};
                }
            } else if (static_cast<unsigned char>(c) < 0x20) {
                fail("a control character in a name", "write it as an escape, such as `\\n`");
                return {};
            } else if (c == '"') {
                json += "\\\"";
            } else {
                json += c;
            }
        }
        if (at_ == text_.size()) {
            at_ = from;
            fail("a quote that does not end", "close the quote");
            return {};
        }
        ++at_;
        json += '"';
        std::string text;
        if (!decode_json_string(json, text)) {
            at_ = from;
            fail("half a surrogate pair is no text", "write both halves, or the character itself");
        }
        return text;
    }

    bool hex(std::size_t ahead) const noexcept {
        const char c = peek(ahead - 1);
        return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    }

    void filter(json_path& path) {
        filter_selector test;
        space();
        if (!take("@")) return fail("a filter compares a part of the item", "write `[?@.name == \"value\"]`");
        json_path part;
        while (!failed_ && (peek() == '.' || peek() == '[')) {
            const std::size_t from = at_;
            if (take(".")) {
                if (!is_name_first(peek()))
                    return fail("a name is missing after '.'", "names with other characters are written `['..']`");
                test.names.push_back(name());
            } else {
                ++at_;
                if (peek() != '\'' && peek() != '"') {
                    at_ = from;
                    return fail("a filter's path is made of names", "write `[?@.name == 1]` or `[?@['name'] == 1]`");
                }
                test.names.push_back(quoted());
                if (!failed_ && !take("]")) fail("']' is missing here", "close the bracket");
            }
        }
        space();
        if (failed_) return;
        if (take("==")) {
            test.compare = comparison::equal;
        } else if (take("!=")) {
            test.compare = comparison::not_equal;
        } else if (take("<=")) {
            test.compare = comparison::less_or_equal;
        } else if (take(">=")) {
            test.compare = comparison::greater_or_equal;
        } else if (take("<")) {
            test.compare = comparison::less;
        } else if (take(">")) {
            test.compare = comparison::greater;
        } else {
            return fail("a comparison is missing here", "one of == != < <= > >= and a value");
        }
        space();
        literal(test.with);
        if (!failed_) path.selectors.emplace_back(std::move(test));
    }

    void literal(json_literal& value) {
        const char c = peek();
        if (c == '\'' || c == '"') {
            value.is = json_literal::kind::string;
            value.text = quoted();
            return;
        }
        const std::size_t from = at_;
        while (at_ < text_.size() && peek() != ']' && peek() != ' ' && peek() != '&' && peek() != '|')
            ++at_;
        const std::string_view word = text_.substr(from, at_ - from);
        if (word == "true" || word == "false") {
            value.is = json_literal::kind::boolean;
            value.truth = word == "true";
        } else if (word == "null") {
            value.is = json_literal::kind::null;
        } else if (is_json_number(word)) {
            value.is = json_literal::kind::number;
            value.text = word;
        } else {
            at_ = from;
            return fail(fmt::format("'{}' is not a value to compare with", word),
                        fmt::format("a text is quoted: \"{}\"", word));
        }
        space();
        if (peek() == '&' || peek() == '|') fail("a filter has one comparison", "keep one of them");
    }

    std::string_view text_;
    std::size_t at_ = 0;
    bool failed_ = false;
    path_problem problem_;
};

std::string quote_name(std::string_view text) {
    std::string json;
    append_json_string(json, text);
    return json;
}

void print(const json_path& path, std::string& out) {
    const auto append_name = [&](std::string_view name) {
        const bool plain = !name.empty() && is_name_first(name.front()) && std::ranges::all_of(name, is_name_byte);
        if (plain) {
            if (!out.empty()) out += '.';
            out += name;
        } else {
            out += '[' + quote_name(name) + ']';
        }
    };
    constexpr std::string_view signs[] = {"==", "!=", "<", "<=", ">", ">="};
    for (const selector& part : path.selectors) {
        if (const auto* name = std::get_if<name_selector>(&part)) {
            append_name(name->name);
        } else if (const auto* index = std::get_if<index_selector>(&part)) {
            out += fmt::format("[{}]", index->index);
        } else if (const auto* filter = std::get_if<filter_selector>(&part)) {
            out += "[?@";
            for (const std::string& member : filter->names)
                append_name(member);
            out += fmt::format(" {} ", signs[static_cast<std::size_t>(filter->compare)]);
            switch (filter->with.is) {
                case json_literal::kind::null:
                    out += "null";
                    break;
                case json_literal::kind::boolean:
                    out += filter->with.truth ? "true" : "false";
                    break;
                case json_literal::kind::number:
                    out += filter->with.text;
                    break;
                case json_literal::kind::string:
                    out += quote_name(filter->with.text);
                    break;
            }
            out += ']';
        } else {
            out += "[*]";
        }
    }
}

}  // namespace

bool json_path::definite() const noexcept {
    return std::ranges::all_of(selectors, [](const selector& part) {
        return std::holds_alternative<name_selector>(part) || std::holds_alternative<index_selector>(part);
    });
}

std::string json_path::to_string() const {
    std::string out;
    print(*this, out);
    return out.empty() ? "$" : out;
}

std::string reference::to_string() const {
    std::string out = root;
    if (loop) out += '[' + *loop + ']';
    print(path, out);
    return out;
}

void throw_exception_from_error(const path_problem& problem, const boost::source_location& where) {
    throw std::runtime_error(fmt::format("{} at {} ({})", problem.what, problem.offset, where.to_string()));
}

parsed<json_path> parse_json_path(std::string_view text) {
    return path_parser(text).whole_path();
}

parsed<reference> parse_reference(std::string_view text) {
    return path_parser(text).whole_reference();
}

bool compares(std::partial_ordering order, comparison how) noexcept {
    switch (how) {
        case comparison::equal:
            return order == 0;
        case comparison::not_equal:
            return order != 0;
        case comparison::less:
            return order < 0;
        case comparison::less_or_equal:
            return order <= 0;
        case comparison::greater:
            return order > 0;
        default:
            return order >= 0;
    }
}

}  // namespace nearside::aggregators
