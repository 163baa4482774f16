#include "aggregators/condition.h"

#include "aggregators/json_text.h"
#include "core/ascii.h"

#include <compare>
#include <optional>
#include <utility>

namespace nearside::aggregators {
namespace {

constexpr std::size_t longest_condition = 2048;  // bytes
constexpr std::uint32_t deepest_condition = 32;  // of parentheses and `not`s

bool is_blank_byte(char byte) noexcept {
    return byte == ' ' || byte == '\t' || byte == '\n';
}

// An operand's value, with the type that it is compared as.
struct typed {
    enum class type : std::uint8_t { null, boolean, number, text, other };
    type is = type::null;
    std::string_view text;  // true and false, too
    bool from_client = false;
};

typed typed_of(const json_literal& literal) {
    switch (literal.is) {
        case json_literal::kind::null:
            return {};
        case json_literal::kind::boolean:
            return {typed::type::boolean, literal.truth ? "true" : "false"};
        case json_literal::kind::number:
            return {typed::type::number, literal.text};
        default:
            return {typed::type::text, literal.text};
    }
}

typed typed_of(const url_value& value) {
    if (value.is == url_value::kind::absent) return {};
    if (value.is == url_value::kind::wrong_type) return {typed::type::other, {}};
    switch (value.was) {
        case url_value::type::number:
            return {typed::type::number, value.text};
        case url_value::type::boolean:
            return {typed::type::boolean, value.text};
        default:
            return {typed::type::text, value.text, value.from_client};
    }
}

// A parameter takes the type that it is compared with, where it looks like one of that type.
void adapt(typed& value, typed::type to) {
    if (!value.from_client) return;
    if (to == typed::type::number && is_json_number(value.text)) value.is = to;
    if (to == typed::type::boolean && (value.text == "true" || value.text == "false")) value.is = to;
}

std::partial_ordering order_of(typed left, typed right) {
    adapt(left, right.is);
    adapt(right, left.is);
    if (left.is != right.is || left.is == typed::type::other) return std::partial_ordering::unordered;
    switch (left.is) {
        case typed::type::number:
            return compare_json_numbers(left.text, right.text);
        case typed::type::text:
            return left.text <=> right.text;
        default:
            return left.text == right.text ? std::partial_ordering::equivalent : std::partial_ordering::unordered;
    }
}

bool is_true(typed value) {
    adapt(value, typed::type::boolean);
    adapt(value, typed::type::number);
    switch (value.is) {
        case typed::type::null:
            return false;
        case typed::type::boolean:
            return value.text == "true";
        case typed::type::number:
            return compare_json_numbers(value.text, "0") != 0;
        case typed::type::text:
            return !value.text.empty();
        default:
            return true;
    }
}

}  // namespace

// A recursive descent over the text; the first problem ends it.
class condition_parser {
public:
    explicit condition_parser(std::string_view text) : text_(text) {}

    parsed<condition> whole() {
        if (text_.size() > longest_condition) {
            fail("a condition of more than " + std::to_string(longest_condition) + " bytes", "say it in less");
        } else {
            either();
            space();
            if (!problem_ && at_ < text_.size()) refuse_rest();
        }
        if (problem_) return *std::move(problem_);
        made_.text_ = text_;
        return std::move(made_);
    }

private:
    using node = condition::node;

    void fail(std::string what, std::string mend) {
        if (!problem_) problem_ = path_problem{at_, std::move(what), std::move(mend)};
    }

    void space() noexcept {
        while (at_ < text_.size() && is_blank_byte(text_[at_]))
            ++at_;
    }
    char peek() const noexcept { return at_ < text_.size() ? text_[at_] : '\0'; }

    std::string_view word_here() const noexcept {
        std::size_t end = at_;
        while (end < text_.size() && (is_letter(text_[end]) || is_digit(text_[end]) || text_[end] == '_' ||
                                      text_[end] == '-' || text_[end] == '.' || text_[end] == '['))
            ++end;
        return text_.substr(at_, end - at_);
    }

    bool take_word(std::string_view word) {
        space();
        if (word_here() != word) return false;
        at_ += word.size();
        return true;
    }

    void refuse_rest() {
        const std::string_view rest = text_.substr(at_);
        if (rest.starts_with("&&") || rest.starts_with("||"))
            return fail("`" + std::string(rest.substr(0, 2)) + "` is not part of it", "write `and`, `or`");
        if (peek() == '=') return fail("`=` compares nothing", "write `==`");
        fail("there is more than a condition", "join conditions with `and` or `or`");
    }

    std::uint32_t add(node made) {
        made_.nodes_.push_back(std::move(made));
        return static_cast<std::uint32_t>(made_.nodes_.size() - 1);
    }

    std::uint32_t either() {
        std::uint32_t left = both();
        while (!problem_ && take_word("or")) {
            const std::uint32_t right = both();
            left = add({.is = node::kind::either, .left = left, .right = right});
        }
        return left;
    }

    std::uint32_t both() {
        std::uint32_t left = one();
        while (!problem_ && take_word("and")) {
            const std::uint32_t right = one();
            left = add({.is = node::kind::both, .left = left, .right = right});
        }
        return left;
    }

    std::uint32_t one() {
        if (++depth_ > deepest_condition) fail("a condition nested too deep", "take it apart");
        if (problem_) return 0;
        std::uint32_t made = 0;
        if (take_word("not")) {
            const std::uint32_t inner = one();
            made = add({.is = node::kind::negation, .left = inner});
        } else if (peek() == '(') {
            ++at_;
            made = either();
            space();
            if (peek() == ')')
                ++at_;
            else
                fail("`)` is missing here", "close the parenthesis");
        } else {
            made = compared();
        }
        --depth_;
        return made;
    }

    std::uint32_t compared() {
        node made;
        made.left_value = operand();
        space();
        constexpr std::pair<std::string_view, comparison> signs[] = {
            {"==", comparison::equal},         {"!=", comparison::not_equal},
            {"<=", comparison::less_or_equal}, {">=", comparison::greater_or_equal},
            {"<", comparison::less},           {">", comparison::greater}};
        for (const auto& [sign, how] : signs) {
            if (problem_ || !text_.substr(at_).starts_with(sign)) continue;
            at_ += sign.size();
            made.is = node::kind::compare;
            made.compare = how;
            made.right_value = operand();
            break;
        }
        return add(std::move(made));
    }

    condition::operand operand() {
        space();
        condition::operand made;
        if (problem_) return made;
        const char first = peek();
        if (first == '"' || first == '\'') {
            made.literal = {json_literal::kind::string, false, quoted()};
        } else if (first == '-' || is_digit(first)) {
            const std::size_t from = at_;
            while (at_ < text_.size() && std::string_view("+-.0123456789eE").find(text_[at_]) != std::string_view::npos)
                ++at_;
            made.literal = {json_literal::kind::number, false, std::string(text_.substr(from, at_ - from))};
            if (!is_json_number(made.literal.text)) {
                at_ = from;
                fail("`" + made.literal.text + "` is no number", "write it as JSON does");
            }
        } else if (take_word("true")) {
            made.literal = {json_literal::kind::boolean, true, {}};
        } else if (take_word("false")) {
            made.literal = {json_literal::kind::boolean, false, {}};
        } else if (!take_word("null")) {
            made.reference = reference_here();
        }
        return made;
    }

    std::string quoted() {
        const std::size_t from = at_;
        const char quote = text_[at_++];
        std::string decoded;
        while (at_ < text_.size() && text_[at_] != quote) {
            if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
            decoded.push_back(text_[at_++]);
        }
        if (at_ == text_.size()) {
            at_ = from;
            fail("a text without its closing quote", "close it");
        } else {
            ++at_;
        }
        return decoded;
    }

    // Up to what can't be part of one; brackets and quotes within are its own.
    std::int32_t reference_here() {
        const std::size_t from = at_;
        std::uint32_t brackets = 0;
        char quote = '\0';
        for (; at_ < text_.size(); ++at_) {
            const char byte = text_[at_];
            if (quote != '\0') {
                if (byte == '\\') ++at_;
                if (byte == quote) quote = '\0';
                continue;
            }
            if (brackets > 0 && (byte == '"' || byte == '\'')) quote = byte;
            if (byte == '[') ++brackets;
            if (byte == ']' && brackets > 0) --brackets;
            if (brackets == 0 &&
                (is_blank_byte(byte) || std::string_view("=!<>()&|").find(byte) != std::string_view::npos))
                break;
        }
        at_ = std::min(at_, text_.size());
        if (at_ == from) {
            fail(peek() == '!' ? "`!` is not part of it" : "a value is missing here",
                 peek() == '!' ? "write `not`" : "name a parameter or a value of a step, as in `project.archived`");
            return -1;
        }
        made_.references_.push_back({std::string(text_.substr(from, at_ - from)), from});
        return static_cast<std::int32_t>(made_.references_.size() - 1);
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::uint32_t depth_ = 0;
    condition made_;
    std::optional<path_problem> problem_;
};

parsed<condition> condition::parse(std::string_view text) {
    return condition_parser(text).whole();
}

bool condition::holds(std::span<const url_value* const> values) const {
    return holds(static_cast<std::uint32_t>(nodes_.size() - 1), values);
}

bool condition::holds(std::uint32_t at, std::span<const url_value* const> values) const {
    const node& here = nodes_[at];
    const auto value_of = [&](const operand& of) {
        return of.reference < 0 ? typed_of(of.literal) : typed_of(*values[static_cast<std::size_t>(of.reference)]);
    };
    switch (here.is) {
        case node::kind::truth:
            return is_true(value_of(here.left_value));
        case node::kind::compare:
            return compares(order_of(value_of(here.left_value), value_of(here.right_value)), here.compare);
        case node::kind::negation:
            return !holds(here.left, values);
        case node::kind::both:
            return holds(here.left, values) && holds(here.right, values);
        default:
            return holds(here.left, values) || holds(here.right, values);
    }
}

}  // namespace nearside::aggregators
