#include "aggregators/json_tape.h"

#include "aggregators/json_reader.h"

#include <limits>

namespace nearside::aggregators {
namespace {

constexpr std::uint8_t closing_mark(bool object) {
    return object ? '}' : ']';
}

}  // namespace

bool json_tape::read(const buffer& document) {
    spans_.clear();
    if (document.size() > json_index::max_document) return false;
    text_ = document.data();
    json_reader reader;
    // No call of the reader below goes into the depth by recursion.
    reader.open(document, std::numeric_limits<std::uint32_t>::max());
    std::vector<place> open;
    // Enough for most documents; what isn't written to takes no memory.
    constexpr std::size_t bytes_a_span = 4;
    spans_.reserve(document.size() / bytes_a_span);

    const auto take_scalar = [&] {
        const std::uint32_t begin = reader.position();
        reader.advance();
        spans_.push_back({begin, reader.value_end()});
    };
    const auto take_name = [&] {
        if (reader.peek() != mark::string || reader.peek_at(1) != ':') return false;
        take_scalar();
        reader.advance();
        ++spans_[open.back() + 1].end;
        return true;
    };
    while (true) {
        const std::uint8_t kind = reader.peek();
        if (!open.empty()) ++spans_[open.back() + 1].end;
        bool closed_at_once = false;
        if (kind == '{' || kind == '[') {
            open.push_back(static_cast<place>(spans_.size()));
            spans_.push_back({reader.position(), 0});
            spans_.push_back({});
            reader.advance();
            closed_at_once = reader.peek() == closing_mark(kind == '{');
            if (!closed_at_once) {
                if (kind == '{' && !take_name()) return false;
                continue;
            }
        } else {
            if ((kind & mark::scalar) == 0) return false;
            if (kind == mark::word && !is_word(text_ + reader.position())) return false;
            take_scalar();
        }
        // Behind a value, or before the bracket of an empty container.
        bool next_value = false;
        while (!open.empty() && !next_value) {
            span& container = spans_[open.back()];
            const bool object = text_[container.begin] == '{';
            const std::uint8_t mark = reader.peek();
            if (mark == ',' && !closed_at_once) {
                reader.advance();
                if (object && !take_name()) return false;
                next_value = true;
            } else {
                if (mark != closing_mark(object)) return false;
                container.end = reader.position() + 1;
                spans_[open.back() + 1].begin = static_cast<place>(spans_.size());
                open.pop_back();
                reader.advance();
                closed_at_once = false;
            }
        }
        if (!next_value) return reader.at_clean_end();
    }
}

}  // namespace nearside::aggregators
