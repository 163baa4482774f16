#include "aggregators/json_index.h"

#include "aggregators/utf8.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <vector>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace nearside::aggregators {
namespace {

// A block may write whole groups of positions past the last one that counts.
constexpr std::size_t block = 64;

bool is_hex(char c) noexcept {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// The document's padding makes the reads safe, and no padding byte is hexadecimal.
bool begins_with_four_hex(const char* at) noexcept {
    return is_hex(at[0]) && is_hex(at[1]) && is_hex(at[2]) && is_hex(at[3]);
}

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
        found.push_back({"avx512", avx512::index_blocks});
    if (has_avx2) found.push_back({"avx2", avx2::index_blocks});
#endif
    found.push_back({"portable", portable::index_blocks});
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
    const std::size_t wanted = std::min<std::size_t>(size_, window) + 2 * lookahead + block;
    if (capacity_ < wanted) {
        positions_ = std::make_unique_for_overwrite<std::uint32_t[]>(wanted);
        capacity_ = wanted;
    }
    next = end_ = positions_.get();
    refill();
}

void json_index::refill() {
    while (static_cast<std::size_t>(end_ - next) < lookahead && indexed_ < size_) {
        const std::size_t unread = static_cast<std::size_t>(end_ - next);
        std::memmove(positions_.get(), next, unread * sizeof *next);
        next = positions_.get();
        end_ = positions_.get() + unread;
        index_window();
    }
    std::fill_n(end_, lookahead, size_);
}

void json_index::seek(std::uint32_t position) {
    const std::uint32_t* const first = positions_.get();
    if (first != end_ && *first <= position && position <= end_[-1]) {
        next = std::lower_bound(first, static_cast<const std::uint32_t*>(end_), position);
        return;
    }
    // Positions are never inside a string or a scalar, so a clean state is the right one there.
    indexed_ = utf8_checked_ = position;
    state_ = {.backslash = state_.backslash, .fault = state_.fault};
    next = end_ = positions_.get();
    refill();
}

void json_index::index_window() {
    const std::uint32_t from = indexed_;
    const std::uint32_t until =
        static_cast<std::uint32_t>(std::min<std::uint64_t>(size_, std::uint64_t{from} + window));
    const std::size_t whole = (until - from) / block;
    end_ = kernel_(text_, from, whole, state_, end_);
    indexed_ = from + static_cast<std::uint32_t>(whole * block);
    if (until == size_) {
        // The last block, maybe without a byte of the document, is continued with spaces, so that what is open at the
        // end shows. Escapes look a few bytes ahead.
        char tail[2 * block];
        std::memset(tail, ' ', sizeof tail);
        std::memcpy(tail, text_ + indexed_, size_ - indexed_);
        std::uint32_t* const first = end_;
        end_ = kernel_(tail, 0, 1, state_, end_);
        for (std::uint32_t* at = first; at != end_; ++at)
            *at += indexed_;
        indexed_ = size_;
    }
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

}  // namespace nearside::aggregators
