#include "aggregators/learned_type_reader.h"

#include "aggregators/json_grammar.h"
#include "aggregators/json_text.h"
#include "core/ascii.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace nearside::aggregators {

namespace {

// The bytes of several slices as one text, read forward.
class slice_text {
public:
    explicit slice_text(std::span<const slice> slices) : slices_(slices) { advance_slice(); }

    // '\0' at the end; no JSON has one where it is asked for.
    char peek() const noexcept { return here_.empty() ? '\0' : here_.front(); }
    void skip(std::size_t count = 1) {
        here_.remove_prefix(count);
        if (here_.empty()) advance_slice();
    }
    // What is left of this slice; empty at the end of all.
    std::string_view rest() const noexcept { return here_; }
    char peek_past_space() {
        while (is_json_space(peek()))
            skip();
        return peek();
    }

private:
    void advance_slice() {
        while (here_.empty() && next_ < slices_.size())
            here_ = slices_[next_++].bytes;
    }

    std::span<const slice> slices_;
    std::size_t next_ = 0;
    std::string_view here_;
};

class type_reader {
public:
    type_reader(std::span<const slice> document, const learning_limits& limits)
        : text_(document), limits_(limits), values_left_(limits.values) {}

    std::optional<learned_type> read() {
        learned_type root;
        if (!read_value(root, 0) || text_.peek_past_space() != '\0' || !text_.rest().empty()) return std::nullopt;
        return root;
    }

private:
    bool read_value(learned_type& into, std::size_t depth) {
        if (values_left_ > 0) --values_left_;
        switch (text_.peek_past_space()) {
            case '{':
            case '[':
                // Not looked at: `into` stays as if it had not been seen.
                if (values_left_ == 0) return skip_container();
                if (depth >= limits_.depth) {
                    into = learned_type::of(learned_type::anything);
                    return skip_container();
                }
                return text_.peek() == '{' ? read_object(into, depth) : read_list(into, depth);
            case '"':
                into = learned_type::of(learned_type::text);
                return skip_string();
            case 't':
                into = learned_type::of(learned_type::boolean);
                return skip_word("true");
            case 'f':
                into = learned_type::of(learned_type::boolean);
                return skip_word("false");
            case 'n':
                into = learned_type::of(learned_type::null);
                return skip_word("null");
            default:
                return read_number(into);
        }
    }

    bool read_number(learned_type& into) {
        const auto belongs = [](char c) {
            return is_digit(c) || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
        };
        bool whole = true;
        bool any = false;
        for (char c = text_.peek(); belongs(c); c = text_.peek()) {
            whole = whole && c != '.' && c != 'e' && c != 'E';
            any = true;
            text_.skip();
        }
        into = learned_type::of(whole ? learned_type::integer : learned_type::number);
        return any;
    }

    bool read_list(learned_type& into, std::size_t depth) {
        into = learned_type::of(learned_type::list);
        text_.skip();
        if (text_.peek_past_space() == ']') return take(']');
        for (std::size_t count = 0; count < limits_.items && values_left_ > 0; ++count) {
            learned_type item;
            if (!read_value(item, depth + 1)) return false;
            into.add_item(std::move(item), limits_);
            if (text_.peek_past_space() == ']') return take(']');
            if (!take(',')) return false;
        }
        return skip_to_end_of_container(1);
    }

    bool read_object(learned_type& into, std::size_t depth) {
        into = learned_type::of(learned_type::object);
        text_.skip();
        if (text_.peek_past_space() == '}') return take('}');
        for (std::size_t count = 1;; ++count) {
            std::string name;
            learned_type value;
            if (!read_name(name) || text_.peek_past_space() != ':' || !take(':') || !read_value(value, depth + 1))
                return false;
            into.add_member(std::move(name), std::move(value), limits_);
            if (text_.peek_past_space() == '}') return take('}');
            if (!take(',')) return false;
            // The values of a map are like the items of a list.
            if (into.is_map() && count >= limits_.items) return skip_to_end_of_container(1);
        }
    }

    // A name longer than any that is kept is cut, and still too long. One that is no text (half a surrogate pair) is
    // none that an author gave.
    bool read_name(std::string& into) {
        if (text_.peek_past_space() != '"') return false;
        const std::size_t most = limits_.name_bytes * 6 + 8;  // each byte may be written as an escape
        std::string raw;
        const bool whole = each_stretch_of_string(
            [&](std::string_view stretch) { raw += stretch.substr(0, most - std::min(most, raw.size())); });
        if (!whole) return false;
        if (raw.size() >= most) {
            into.assign(limits_.name_bytes + 1, ' ');
        } else if (raw.find('\\') == std::string::npos) {
            into = raw.substr(1, raw.size() - 2);
        } else if (!decode_json_string(raw, into)) {
            into.clear();
        }
        return true;
    }

    bool take(char wanted) {
        if (text_.peek() != wanted) return false;
        text_.skip();
        return true;
    }

    bool skip_word(std::string_view word) {
        return std::all_of(word.begin(), word.end(), [this](char letter) { return take(letter); });
    }

    bool skip_string() {
        return each_stretch_of_string([](std::string_view) {});
    }

    // From the opening quote to behind the closing one. False: it has none.
    template <class Each>
    bool each_stretch_of_string(Each each) {
        each(text_.rest().substr(0, 1));
        text_.skip();
        while (!text_.rest().empty()) {
            const std::string_view rest = text_.rest();
            const auto plain = static_cast<std::size_t>(
                std::find_if(rest.begin(), rest.end(), [](char c) { return c == '"' || c == '\\'; }) - rest.begin());
            if (plain == rest.size()) {
                each(rest);
                text_.skip(plain);
                continue;
            }
            each(rest.substr(0, plain + 1));
            const bool closed = rest[plain] == '"';
            text_.skip(plain + 1);
            if (closed) return true;
            if (text_.rest().empty()) return false;
            each(text_.rest().substr(0, 1));
            text_.skip();
        }
        return false;
    }

    bool skip_container() {
        text_.skip();
        return skip_to_end_of_container(1);
    }

    bool skip_to_end_of_container(std::size_t open) {
        while (!text_.rest().empty()) {
            const std::string_view rest = text_.rest();
            const auto plain = static_cast<std::size_t>(
                std::find_if(rest.begin(), rest.end(),
                             [](char c) { return c == '"' || (c | 0x20) == '{' || (c | 0x20) == '}'; }) -
                rest.begin());
            if (plain == rest.size()) {
                text_.skip(plain);
                continue;
            }
            const char found = rest[plain];
            if (plain > 0) text_.skip(plain);
            if (found == '"') {
                if (!skip_string()) return false;
                continue;
            }
            text_.skip();
            if (found == '{' || found == '[') {
                ++open;
            } else if (--open == 0) {
                return true;
            }
        }
        return false;
    }

    slice_text text_;
    const learning_limits& limits_;
    std::size_t values_left_;
};

}  // namespace

std::optional<learned_type> learn_type(std::span<const slice> document, const learning_limits& limits) {
    std::optional<learned_type> learned = type_reader(document, limits).read();
    if (learned) learned->keep_within(limits);
    return learned;
}

}  // namespace nearside::aggregators
