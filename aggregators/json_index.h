// Where the structure of a JSON document is: a mark for every bracket, colon, comma and first byte of a scalar, with
// its position and what it is (json_grammar.h), found a window at a time, so that reading a document of tens of MB
// needs a few hundred kB beside it. While it looks, it checks all that is inside of scalars: UTF-8 (RFC 3629), control
// characters, escapes, closed strings, and the grammar of numbers. Words and structure are the reader's work
// (json_reader.h). One document at a time, one thread; reusable for the next document, which costs no allocation.
#pragma once

#include "core/body.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace nearside::aggregators {

// What crosses from one window to the next.
struct index_state {
    std::uint64_t in_string = 0;  // all ones inside a string
    std::uint64_t in_scalar = 0;  // 1 right after a byte of a number or a word
    std::uint64_t escaped = 0;    // 1 when the next byte follows a backslash
    std::uint64_t high_bits = 0;  // nonzero: some byte was not ASCII
    bool backslash = false;       // some byte was a backslash
    bool fault = false;
};

// How the kinds of marks compare with those that are expected, sixty-four at a time.
struct kinds_comparison {
    std::uint64_t others = 0;  // are not what is expected, in the bits that count
    std::uint64_t words = 0;   // are words
};

// One way to find marks, for one set of instructions.
struct index_kernel {
    std::string_view name;
    // Writes the positions and the kinds of those of `blocks` times 64 bytes from text + from, and returns the end of
    // the positions; up to 64 more of either may have been overwritten. Text is read up to 64 bytes further.
    std::uint32_t* (*run)(const char* text, std::uint32_t from, std::size_t blocks, index_state& state,
                          std::uint32_t* out, std::uint8_t* kinds);
    // Of 64 kinds each.
    kinds_comparison (*compare)(const std::uint8_t* kinds, const std::uint8_t* expected, const std::uint8_t* masks);
};

// Those that this machine can run, the fastest first; the last one needs nothing special.
std::span<const index_kernel> index_kernels();

class json_index {
public:
    explicit json_index(const index_kernel& kernel = index_kernels().front()) : kernel_(&kernel) {}
    const index_kernel& kernel() const noexcept { return *kernel_; }

    // Bytes looked at in one go: small enough that text and marks stay in the first level cache until they are read.
    static constexpr std::size_t window = 16 * 1024;

    // The document must outlive its being open; its padding is read. At most max_document bytes.
    static constexpr std::size_t max_document = 0xffff'0000;
    void open(const buffer& document);

    // The unread marks have the numbers [next, end); `lookahead` more say that the document is at its end.
    // `next` belongs to the reader, which moves it on.
    static constexpr std::size_t lookahead = 8;
    std::size_t next = 0;
    std::size_t end() const noexcept { return end_; }
    // By the number of the mark; up to 64 more kinds may be read. Both stay where they are until open().
    const std::uint32_t* positions() const noexcept { return positions_.get(); }
    const std::uint8_t* kinds() const noexcept { return kinds_.get(); }
    // Changes whenever marks have got other numbers.
    std::uint64_t moves() const noexcept { return moves_; }

    // Makes sure that at least `wanted` unread marks are there, or all that the document has left.
    static constexpr std::size_t most_wanted = 1024;
    void refill(std::size_t wanted = lookahead);
    // Continues at `position`, which is one that was reached before.
    void seek(std::uint32_t position);

    const char* text() const noexcept { return text_; }
    std::uint32_t size() const noexcept { return size_; }
    // Something read so far is not JSON. Final only when the whole document has been looked at.
    bool fault() const noexcept { return state_.fault; }
    // Some string read so far has an escape.
    bool has_escapes() const noexcept { return state_.backslash; }

private:
    void index_window();
    void check_numbers(std::size_t from);

    const index_kernel* kernel_;
    const char* text_ = nullptr;
    std::uint32_t size_ = 0;
    std::uint32_t indexed_ = 0;       // bytes looked at
    std::uint32_t utf8_checked_ = 0;  // bytes known to be UTF-8
    index_state state_;
    std::unique_ptr<std::uint32_t[]> positions_;
    std::unique_ptr<std::uint8_t[]> kinds_;
    std::size_t capacity_ = 0;  // marks
    std::size_t end_ = 0;
    std::uint64_t moves_ = 0;
};

}  // namespace nearside::aggregators
