// The content of an entry as it is kept outside of this process: compressed (zstd) where that pays, or as it is; made
// and read in pieces, so that tens of MB cost little more memory than themselves. Pure; one thread at a time.
#pragma once

#include "core/body.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nearside::cache {

enum class packing : std::uint8_t { plain, zstd };

// Content is unpacked into pieces of at most this.
constexpr std::size_t piece_bytes = 1024 * 1024;

class content_packer {
public:
    // `may_compress`: false for what is compressed already. Tries on the beginning whether compressing pays.
    content_packer(body content, bool may_compress);
    ~content_packer();
    content_packer(content_packer&&) noexcept;
    content_packer& operator=(content_packer&&) noexcept;

    packing how() const noexcept;
    // The next packed bytes: `most` of them, or fewer at the end. Throws std::bad_alloc where the compressor has no
    // memory.
    std::string next(std::size_t most);
    // Everything was given out.
    bool at_end() const noexcept;
    std::uint64_t packed_bytes() const noexcept;
    // Of the content, once at_end().
    std::uint64_t checksum() const noexcept;

private:
    struct state;
    std::unique_ptr<state> state_;
};

class content_unpacker {
public:
    content_unpacker(packing how, std::uint64_t size, std::uint64_t checksum);
    ~content_unpacker();
    content_unpacker(content_unpacker&&) noexcept;
    content_unpacker& operator=(content_unpacker&&) noexcept;

    // The next packed bytes. False: this is not what a packer made of a content of that size.
    bool take(std::string_view packed);
    // All of it was taken: the content, in order. Nullopt where it isn't what was packed.
    std::optional<std::vector<buffer>> finish();

private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace nearside::cache
