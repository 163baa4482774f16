#include "aggregators/json_index.h"

#include "aggregators/json_grammar.h"
#include "aggregators/utf8.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cstring>
#include <vector>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace nearside::aggregators {
namespace {

// A block may write whole groups of positions past the last one that counts.
constexpr std::size_t block = 64;
// How far ahead of what is looked at memory is asked for. What processors fetch by themselves comes too late on some:
// there each block would be waited for. Harmless past the end.
constexpr std::size_t fetched_ahead = 2048;

bool is_hex(char c) noexcept {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// The document's padding makes the reads safe, and no padding byte is hexadecimal.
bool begins_with_four_hex(const char* at) noexcept {
    return is_hex(at[0]) && is_hex(at[1]) && is_hex(at[2]) && is_hex(at[3]);
}

#if defined(__x86_64__)

// Negative: what may stand behind a backslash, but for 'u'.
constexpr std::array<signed char, 128> escape_kinds = [] {
    std::array<signed char, 128> kinds{};
    for (const char c : {'"', '\\', '/', 'b', 'f', 'n', 'r', 't'})
        kinds[static_cast<unsigned char>(c)] = -1;
    return kinds;
}();

#endif

#define NEARSIDE_KERNEL portable
#include "aggregators/json_index_kernel.inc"
#undef NEARSIDE_KERNEL

#if defined(__x86_64__)

#pragma clang attribute push(__attribute__((target("avx2,bmi,bmi2,popcnt,lzcnt,pclmul"))), apply_to = function)
#define NEARSIDE_KERNEL avx2
#define NEARSIDE_KERNEL_CLMUL
#include "aggregators/json_index_kernel.inc"
#undef NEARSIDE_KERNEL
#pragma clang attribute pop

#pragma clang attribute push(                                                                                    \
    __attribute__((                                                                                              \
        target("avx512f,avx512bw,avx512vl,avx512dq,avx512vbmi,avx512vbmi2,avx2,bmi,bmi2,popcnt,lzcnt,pclmul"))), \
    apply_to = function)
#define NEARSIDE_KERNEL avx512
#define NEARSIDE_KERNEL_COMPRESS
#include "aggregators/json_index_kernel.inc"
#undef NEARSIDE_KERNEL_COMPRESS
#undef NEARSIDE_KERNEL_CLMUL
#undef NEARSIDE_KERNEL
#pragma clang attribute pop

#endif

std::vector<index_kernel> find_kernels() {
    std::vector<index_kernel> found;
#if defined(__x86_64__)
    __builtin_cpu_init();
    const bool has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
                          __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("pclmul");
    if (has_avx2 && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vbmi") &&
        __builtin_cpu_supports("avx512vbmi2"))
        found.push_back({"avx512", avx512::index_blocks, avx512::compare_kinds});
    if (has_avx2) found.push_back({"avx2", avx2::index_blocks, avx2::compare_kinds});
#endif
    found.push_back({"portable", portable::index_blocks, portable::compare_kinds});
    return found;
}

}  // namespace

std::span<const index_kernel> index_kernels() {
    static const std::vector<index_kernel> found = find_kernels();
    return found;
}

void json_index::open(const buffer& document) {
    text_ = document.data();
    size_ = static_cast<std::uint32_t>(document.size());
    indexed_ = 0;
    utf8_checked_ = 0;
    state_ = {};
    const std::size_t text = std::min<std::size_t>(size_, window);
    const std::size_t wanted = text + std::min(text, most_wanted) + 2 * lookahead + block;
    if (capacity_ < wanted) {
        positions_ = std::make_unique_for_overwrite<std::uint32_t[]>(wanted);
        kinds_ = std::make_unique_for_overwrite<std::uint8_t[]>(wanted + block);
        capacity_ = wanted;
    }
    next = end_ = 0;
    refill();
}

void json_index::refill(std::size_t wanted) {
    assert(wanted <= most_wanted);
    while (end_ - next < wanted && indexed_ < size_) {
        const std::size_t unread = end_ - next;
        std::memmove(positions_.get(), positions_.get() + next, unread * sizeof positions_[0]);
        std::memmove(kinds_.get(), kinds_.get() + next, unread);
        next = 0;
        end_ = unread;
        index_window();
    }
    ++moves_;
    std::fill_n(positions_.get() + end_, lookahead, size_);
    std::fill_n(kinds_.get() + end_, lookahead, mark::end);
}

void json_index::seek(std::uint32_t position) {
    const std::uint32_t* const first = positions_.get();
    const std::uint32_t* const behind = first + end_;
    if (first != behind && *first <= position && position <= behind[-1]) {
        next = static_cast<std::size_t>(std::lower_bound(first, behind, position) - first);
        return;
    }
    // Positions are never inside a string or a scalar, so a clean state is the right one there.
    indexed_ = utf8_checked_ = position;
    state_ = {.backslash = state_.backslash, .fault = state_.fault};
    next = end_ = 0;
    refill();
}

void json_index::index_window() {
    const std::uint32_t from = indexed_;
    const std::uint32_t until =
        static_cast<std::uint32_t>(std::min<std::uint64_t>(size_, std::uint64_t{from} + window));
    const std::size_t whole = (until - from) / block;
    const auto index = [this](const char* text, std::uint32_t at, std::size_t blocks) {
        std::uint32_t* const out = positions_.get() + end_;
        return static_cast<std::size_t>(kernel_->run(text, at, blocks, state_, out, kinds_.get() + end_) -
                                        positions_.get());
    };
    const std::size_t first = end_;
    end_ = index(text_, from, whole);
    indexed_ = from + static_cast<std::uint32_t>(whole * block);
    if (until == size_) {
        // The last block, maybe without a byte of the document, is continued with spaces, so that what is open at the
        // end shows. Escapes look a few bytes ahead.
        char tail[2 * block];
        std::memset(tail, ' ', sizeof tail);
        std::memcpy(tail, text_ + indexed_, size_ - indexed_);
        const std::size_t first_of_tail = end_;
        end_ = index(tail, 0, 1);
        for (std::size_t at = first_of_tail; at != end_; ++at)
            positions_[at] += indexed_;
        indexed_ = size_;
    }
    check_numbers(first);
    if (indexed_ == size_) state_.fault |= state_.in_string != 0;

    if (state_.high_bits == 0) {
        utf8_checked_ = indexed_;
        return;
    }
    std::uint32_t boundary = indexed_;
    if (indexed_ < size_) {
        // Not into the middle of a character. More than three such bytes are no UTF-8, which the check will find.
        for (int step = 0; step < 3 && boundary > utf8_checked_ && (text_[boundary] & 0xc0) == 0x80; ++step)
            --boundary;
    }
    state_.fault |= !is_utf8({text_ + utf8_checked_, boundary - utf8_checked_});
    utf8_checked_ = boundary;
    // A character cut off here is looked at again with the next window.
    state_.high_bits = boundary < indexed_ ? 1 : 0;
}

// Number by number and not with the blocks above: what numbers there are in a list's items repeats from item to item,
// which is what branches are foretold by; where they stand in blocks does not. Plain ones, which are most, need none.
void json_index::check_numbers(std::size_t from) {
    typedef std::uint8_t bytes64 __attribute__((vector_size(block)));
    typedef bool bools64 __attribute__((ext_vector_type(block)));
    bool wrong = false;
    for (std::size_t group = from; group < end_; group += block) {
        bytes64 kinds;
        std::memcpy(&kinds, &kinds_[group], sizeof kinds);
        auto numbers = __builtin_bit_cast(std::uint64_t, __builtin_convertvector(kinds == mark::number, bools64));
        if (end_ - group < block) numbers &= (std::uint64_t{1} << (end_ - group)) - 1;
        std::array<const char*, block + 1> others;
        std::size_t count = 0;
        for (; numbers != 0; numbers &= numbers - 1) {
            const char* const at = text_ + positions_[group + static_cast<std::size_t>(std::countr_zero(numbers))];
            others[count] = at;
            count += is_plain_number(at) ? 0 : 1;
        }
        for (std::size_t number = 0; number < count; ++number)
            wrong |= !is_number(others[number]);
    }
    state_.fault |= wrong;
}

}  // namespace nearside::aggregators
