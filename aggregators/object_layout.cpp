#include "aggregators/object_layout.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

namespace nearside::aggregators {
namespace {

constexpr std::size_t group = 64;  // marks
constexpr std::size_t word = sizeof(std::uint64_t);
constexpr std::uint32_t most_patience = 255;  // objects

std::uint64_t load_word(const char* from) noexcept {
    std::uint64_t bytes;
    std::memcpy(&bytes, from, sizeof bytes);
    return bytes;
}

}  // namespace

void object_layout::learn(std::span<const std::uint8_t> kinds, const std::uint32_t* positions, const char* text,
                          std::vector<member> members, std::vector<step> steps) {
    size_ = kinds.size();
    kinds_.assign(size_ + group, 0);
    masks_.assign(size_ + group, 0);
    std::uint32_t level = 0;
    depth_ = 0;
    for (std::size_t at = 0; at < size_; ++at) {
        kinds_[at] = kinds[at];
        const bool is_value = (kinds[at] & mark::scalar) != 0 && kinds[at + 1] != ':';
        masks_[at] = is_value ? mark::scalar : 0xff;
        if (kinds[at] == '{' || kinds[at] == '[') depth_ = std::max(depth_, ++level);
        if (kinds[at] == '}' || kinds[at] == ']') --level;
    }
    for (std::size_t at = 0; at < size_; ++at)
        kinds_[at] &= masks_[at];

    members_ = std::move(members);
    steps_ = std::move(steps);
    std::uint32_t next_step = 0;
    for (std::uint32_t number = 0; number < members_.size(); ++number) {
        while (next_step < steps_.size() && steps_[next_step].member < number)
            ++next_step;
        members_[number].first_step = next_step;
    }
    names_.clear();
    long_names_.clear();
    for (const member& one : members_) {
        const char* const begin = text + positions[one.begin];
        const char* end = text + positions[one.begin + 1];
        while (end[-1] != '"')
            --end;
        name& made = names_.emplace_back();
        made.begin = one.begin;
        made.size = static_cast<std::uint32_t>(end - begin);
        const std::size_t first = std::min<std::size_t>(made.size, word);
        const std::size_t last = std::min<std::size_t>(made.size - first, word);
        std::memcpy(&made.first, begin, first);
        std::memset(&made.first_mask, 0xff, first);
        made.last_at = static_cast<std::uint32_t>(first);
        std::memcpy(&made.last, begin + first, last);
        std::memset(&made.last_mask, 0xff, last);
        if (made.size <= 2 * word) continue;
        made.at = long_names_.size();
        long_names_.append(begin, end);
    }
}

bool object_layout::is_named(const name& one, const char* text, const std::uint32_t* position) const noexcept {
    const char* const begin = text + *position;
    if (((load_word(begin) ^ one.first) & one.first_mask) != 0) return false;
    if (((load_word(begin + one.last_at) ^ one.last) & one.last_mask) != 0) return false;
    if (one.size <= 2 * word) return true;
    return one.size <= position[1] - *position && std::memcmp(begin, long_names_.data() + one.at, one.size) == 0;
}

std::size_t object_layout::alike(const json_reader& reader, std::size_t first) const {
    const std::size_t from = members_[first].begin;
    const std::size_t marks = alike_marks(reader, from);
    std::size_t end = members_.size();
    if (marks < size_) {
        end = first;
        while (members_[end].end < marks)
            ++end;
    }
    // As good as always all names are the same: one look at all of them, without a branch.
    const char* const text = reader.text();
    const std::uint32_t* const positions = reader.known_positions() - from;
    std::uint64_t other = 0;
    for (std::size_t number = first; number < end; ++number) {
        const name& one = names_[number];
        const char* const begin = text + positions[one.begin];
        other |= (load_word(begin) ^ one.first) & one.first_mask;
        other |= (load_word(begin + one.last_at) ^ one.last) & one.last_mask;
    }
    if (other == 0 && long_names_.empty()) return end - first;
    std::size_t same = first;
    while (same < end && is_named(names_[same], text, positions + names_[same].begin))
        ++same;
    return same - first;
}

std::size_t object_layout::alike_marks(const json_reader& reader, std::size_t from) const {
    const std::uint8_t* const kinds = reader.known_kinds() - from;
    const std::uint32_t* const positions = reader.known_positions() - from;
    const auto compare = reader.kernel().compare;
    for (std::size_t at = from; at < size_; at += group) {
        const kinds_comparison found = compare(kinds + at, &kinds_[at], &masks_[at]);
        const std::size_t same = std::min<std::size_t>(std::countr_zero(found.others), size_ - at);
        std::uint64_t words = found.words;
        if (same < group) words &= (std::uint64_t{1} << same) - 1;
        for (; words != 0; words &= words - 1) {
            const auto place = at + static_cast<std::size_t>(std::countr_zero(words));
            if (!is_word(reader.text() + positions[place])) return place;
        }
        if (same < group) return at + same;
    }
    return size_;
}

bool object_layout::wants_to_learn(std::size_t recognised, std::size_t all) noexcept {
    if (2 * recognised > all) {
        was_useful_ = true;
        missed_ = 0;
        return false;
    }
    if (missed_++ < patience_) return false;
    patience_ = was_useful_ ? 0 : std::min(2 * patience_ + 1, most_patience);
    was_useful_ = false;
    missed_ = 0;
    return true;
}

}  // namespace nearside::aggregators
