// Immutable bytes, shared: a document read from an upstream (`buffer`), a part of one (`slice`), and a message body
// spliced together out of such parts (`body`). Copying any of them copies no bytes.
// Values; once built, any thread may read.
#pragma once

#include <boost/container/small_vector.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nearside {

// Contiguous bytes followed by `padding` readable zero bytes, as simdjson wants its input.
class buffer {
public:
    static constexpr std::size_t padding = 64;

    buffer() = default;

    static buffer copy_of(std::string_view bytes);

    const char* data() const noexcept { return bytes_.get(); }
    std::size_t size() const noexcept { return size_; }
    std::string_view view() const noexcept { return {bytes_.get(), size_}; }
    const std::shared_ptr<const char[]>& owner() const noexcept { return bytes_; }

private:
    friend class buffer_writer;
    std::shared_ptr<const char[]> bytes_;
    std::size_t size_ = 0;
};

// Grows a buffer by appending; finish() hands it over without a copy. One owner, one thread.
class buffer_writer {
public:
    // `expected`: bytes reserved at once, from Content-Length where it is known; 0 is fine.
    explicit buffer_writer(std::size_t expected = 0);

    void append(std::string_view bytes);
    // Room for at least `count` bytes at the end; commit(n) keeps the first n of them.
    char* prepare(std::size_t count);
    void commit(std::size_t count) noexcept { size_ += count; }

    std::size_t size() const noexcept { return size_; }
    std::string_view view() const noexcept { return {bytes_.get(), size_}; }
    // The written bytes, padded. Gives back what growing reserved beyond an eighth of the size. The writer is empty
    // afterwards.
    buffer finish();

private:
    void grow(std::size_t wanted);
    std::shared_ptr<char[]> bytes_;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
};

// A part of bytes kept alive by `owner`; an empty owner means bytes of static storage.
struct slice {
    std::shared_ptr<const void> owner;
    std::string_view bytes;
};

class body {
public:
    body() = default;
    explicit body(buffer whole);
    explicit body(std::string text);
    // `held`: bytes that the slices keep alive beyond their own, as part of larger documents.
    explicit body(std::vector<slice> slices, std::size_t held = 0);

    // Valid as long as this body stands where it is.
    std::span<const slice> slices() const noexcept { return {slices_.data(), slices_.size()}; }
    std::size_t size() const noexcept { return size_; }
    bool empty() const noexcept { return size_ == 0; }
    // One contiguous copy; for tests, hashing small bodies and error texts, not for the hot path.
    std::string to_string() const;
    // Bytes held beside the object itself, for budgets, as if no other body shared them.
    std::size_t memory() const noexcept;
    // As given to the constructor.
    std::size_t held() const noexcept { return held_; }

private:
    // Most bodies are one slice: that one needs no memory of its own.
    boost::container::small_vector<slice, 1> slices_;
    std::size_t size_ = 0;
    std::size_t held_ = 0;  // beyond what the slices show
};

}  // namespace nearside
