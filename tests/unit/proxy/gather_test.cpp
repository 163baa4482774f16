#include "proxy/gather.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace nearside::proxy {
namespace {

// Writes everything through vectors of `width`, `most` bytes at a time.
std::string drain(gather out, std::size_t width, std::size_t most) {
    std::string written;
    std::vector<iovec> vectors(width);
    while (!out.empty()) {
        const std::size_t used = out.fill(vectors);
        std::size_t left = most;
        for (std::size_t index = 0; index < used && left > 0; ++index) {
            const std::size_t count = std::min(left, vectors[index].iov_len);
            written.append(static_cast<const char*>(vectors[index].iov_base), count);
            left -= count;
        }
        out.advance(most - left);
    }
    return written;
}

TEST(gather, gives_all_bytes_in_order_however_little_the_system_takes) {
    const std::vector<slice> slices = {{nullptr, "one"}, {nullptr, ""}, {nullptr, "two"}, {nullptr, "three"}};
    gather out;
    out.add("head");
    out.add("");
    out.add("er");
    out.add(slices);
    EXPECT_EQ(out.left(), 17U);
    for (const std::size_t width : {1U, 2U, 64U}) {
        for (std::size_t most = 1; most <= 17; ++most) {
            EXPECT_EQ(drain(out, width, most), "headeronetwothree") << width << ' ' << most;
        }
    }
}

TEST(gather, is_empty_when_nothing_but_empty_pieces_was_added) {
    gather out;
    out.add("");
    EXPECT_TRUE(out.empty());
    std::array<iovec, 1> vectors;
    EXPECT_EQ(out.fill(vectors), 0U);
}

}  // namespace
}  // namespace nearside::proxy
