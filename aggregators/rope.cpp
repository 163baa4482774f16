#include "aggregators/rope.h"

#include "core/heap.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace nearside::aggregators {
namespace {

constexpr std::size_t smallest_chunk = 1024;
constexpr std::size_t largest_chunk = 1024 * 1024;
// A result of at most this many bytes becomes one piece of exactly its size.
constexpr std::size_t small_result = 64 * 1024;

}  // namespace

void rope::grow(std::size_t wanted) {
    close_text();
    const std::size_t doubled = chunks_.empty() ? smallest_chunk : chunks_.back().size * 2;
    const std::size_t size = std::max(wanted, std::min(doubled, largest_chunk));
    chunks_.push_back({std::make_shared_for_overwrite<char[]>(size), size});
    begin_ = at_ = chunks_.back().bytes.get();
    end_ = begin_ + size;
    take_pages(begin_, size);
}

void rope::close_text() {
    if (begin_ == at_) return;
    pieces_.push_back({nullptr, chunks_.back().bytes, {begin_, static_cast<std::size_t>(at_ - begin_)}});
    begin_ = at_;
}

void rope::share(const buffer& from, std::uint32_t begin, std::uint32_t end) {
    close_text();
    const std::string_view bytes = from.view().substr(begin, end - begin);
    size_ += bytes.size();
    if (!pieces_.empty() && pieces_.back().from == &from) {
        std::string_view& last = pieces_.back().bytes;
        if (last.data() + last.size() == bytes.data()) {
            last = {last.data(), last.size() + bytes.size()};
            return;
        }
    }
    pieces_.push_back({&from, nullptr, bytes});
}

void rope::append(const piece& part, std::string_view bytes) {
    if (part.from == nullptr) {
        append(bytes);
        return;
    }
    const auto begin = static_cast<std::uint32_t>(bytes.data() - part.from->data());
    append(*part.from, begin, begin + static_cast<std::uint32_t>(bytes.size()));
}

void rope::append(const rope& other) {
    for (const piece& part : other.pieces_)
        append(part, part.bytes);
    append(std::string_view(other.begin_, static_cast<std::size_t>(other.at_ - other.begin_)));
}

std::vector<std::size_t> rope::parts() {
    close_text();
    std::vector<std::size_t> begins;
    begins.reserve(pieces_.size());
    std::size_t begin = 0;
    for (const piece& part : pieces_) {
        begins.push_back(begin);
        begin += part.bytes.size();
    }
    return begins;
}

void rope::append(const rope& other, const std::vector<std::size_t>& parts, std::size_t begin, std::size_t end) {
    if (begin == end) return;
    auto number = static_cast<std::size_t>(std::ranges::upper_bound(parts, begin) - parts.begin()) - 1;
    for (; begin < end; ++number) {
        const piece& part = other.pieces_[number];
        const std::string_view bytes = part.bytes.substr(begin - parts[number], end - begin);
        append(part, bytes);
        begin += bytes.size();
    }
}

void rope::splice(rope&& other) {
    other.close_text();
    if (other.size_ < share_from) {
        append(other);
        return;
    }
    close_text();
    for (piece& part : other.pieces_)
        pieces_.push_back(std::move(part));
    size_ += other.size_;
    other = {};
}

void rope::back_to(const mark& place) {
    pieces_.resize(place.pieces);
    chunks_.resize(place.chunks);
    begin_ = place.begin;
    at_ = place.at;
    end_ = chunks_.empty() ? nullptr : chunks_.back().bytes.get() + chunks_.back().size;
    size_ = place.size;
}

void rope::clear() noexcept {
    pieces_.clear();
    size_ = 0;
    if (chunks_.empty()) return;
    if (chunks_.size() > 1) {
        chunks_.front() = std::move(chunks_.back());
        chunks_.resize(1);
    }
    begin_ = at_ = chunks_.front().bytes.get();
    end_ = begin_ + chunks_.front().size;
}

body rope::finish() && {
    close_text();
    std::unordered_map<const buffer*, std::size_t> shared;
    for (const piece& part : pieces_)
        if (part.from != nullptr) shared[part.from] += part.bytes.size();
    const auto keeps = [&](const piece& part) {
        return part.from != nullptr && shared[part.from] * keep_share >= part.from->size();
    };

    std::vector<slice> slices;
    // Parts that are not shared are copied together where that is little, or left in their chunk where it is much.
    std::vector<const piece*> run;
    std::size_t run_size = 0;
    const auto flush = [&] {
        if (run.empty()) return;
        if (run.size() == 1 && run.front()->from == nullptr && size_ > small_result && run_size >= share_from) {
            slices.push_back({run.front()->chunk, run.front()->bytes});
        } else {
            auto copy = std::make_shared_for_overwrite<char[]>(run_size);
            char* at = copy.get();
            for (const piece* part : run)
                at = std::copy(part->bytes.begin(), part->bytes.end(), at);
            const char* const bytes = copy.get();
            slices.push_back({std::move(copy), {bytes, run_size}});
        }
        run.clear();
        run_size = 0;
    };
    for (const piece& part : pieces_) {
        if (keeps(part)) {
            flush();
            slices.push_back({part.from->owner(), part.bytes});
            continue;
        }
        const bool long_text = part.from == nullptr && size_ > small_result && part.bytes.size() >= share_from;
        if (long_text || run_size + part.bytes.size() > largest_chunk) flush();
        run.push_back(&part);
        run_size += part.bytes.size();
        if (long_text) flush();
    }
    flush();
    std::size_t held = 0;
    for (const auto& [from, bytes] : shared) {
        const std::size_t whole = from->size() + buffer::padding;
        if (bytes * keep_share >= from->size()) held += whole - std::min(whole, bytes);
    }
    return body(std::move(slices), held);
}

}  // namespace nearside::aggregators
