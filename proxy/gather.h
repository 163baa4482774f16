// What is still to be written of one message: a few leading pieces and a body's slices, seen as system vectors in
// batches. Owns no bytes. One connection, one thread; no I/O.
#pragma once

#include "core/body.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <sys/uio.h>

namespace nearside::proxy {

class gather {
public:
    static constexpr std::size_t max_leading = 4;

    void add(std::string_view piece) noexcept;
    // At most once, after the leading pieces.
    void add(std::span<const slice> slices) noexcept;

    // Fills `vectors` from the front with the next bytes; returns how many are used.
    std::size_t fill(std::span<iovec> vectors) const noexcept;
    void advance(std::size_t count) noexcept;
    bool empty() const noexcept { return left_ == 0; }
    std::uint64_t left() const noexcept { return left_; }

private:
    std::size_t pieces() const noexcept { return leading_count_ + slices_.size(); }
    std::string_view piece(std::size_t index) const noexcept;

    std::array<std::string_view, max_leading> leading_{};
    std::size_t leading_count_ = 0;
    std::span<const slice> slices_;
    std::size_t index_ = 0;   // the piece that is next
    std::size_t offset_ = 0;  // in it
    std::uint64_t left_ = 0;
};

}  // namespace nearside::proxy
