// Numbers and texts as bytes: little endian, every text and list with its length before it. What codecs of stored
// things are made of. Values; one thread.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace nearside::cache {

class byte_writer {
public:
    template <std::unsigned_integral Number>
    void number(Number value) {
        for (std::size_t at = 0; at < sizeof value; ++at)
            bytes_.push_back(static_cast<char>(static_cast<unsigned char>(value >> (8 * at))));
    }
    void signed_number(std::int64_t value) { number(static_cast<std::uint64_t>(value)); }
    void count(std::size_t items) { number(static_cast<std::uint32_t>(items)); }
    void text(std::string_view text) {
        count(text.size());
        raw(text);
    }
    void raw(std::string_view bytes) { bytes_.append(bytes); }

    std::string_view written() const noexcept { return bytes_; }
    std::string take() { return std::move(bytes_); }

private:
    std::string bytes_;
};

// Once something is not there, everything that is read is zero or empty, and ok() is false.
class byte_reader {
public:
    explicit byte_reader(std::string_view bytes) noexcept : left_(bytes) {}

    template <std::unsigned_integral Number>
    Number number() noexcept {
        const std::string_view bytes = raw(sizeof(Number));
        Number value = 0;
        for (std::size_t at = 0; at < bytes.size(); ++at)
            value = static_cast<Number>(
                value | static_cast<Number>(static_cast<Number>(static_cast<unsigned char>(bytes[at])) << (8 * at)));
        return value;
    }
    std::int64_t signed_number() noexcept { return static_cast<std::int64_t>(number<std::uint64_t>()); }
    // Of items that take at least `least` bytes each: a length that lies reserves no memory.
    std::size_t count(std::size_t least) noexcept {
        const std::size_t items = number<std::uint32_t>();
        if (items > left_.size() / least) fail();
        return ok_ ? items : 0;
    }
    std::string_view text() noexcept { return raw(count(1)); }
    std::string_view raw(std::size_t size) noexcept {
        if (size > left_.size()) fail();
        if (!ok_) return {};
        const std::string_view bytes = left_.substr(0, size);
        left_.remove_prefix(size);
        return bytes;
    }

    bool ok() const noexcept { return ok_; }
    std::size_t left() const noexcept { return left_.size(); }

private:
    void fail() noexcept {
        ok_ = false;
        left_ = {};
    }

    std::string_view left_;
    bool ok_ = true;
};

}  // namespace nearside::cache
