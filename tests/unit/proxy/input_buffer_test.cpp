#include "proxy/input_buffer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>

namespace nearside::proxy {
namespace {

void put(input_buffer& into, std::string_view bytes) {
    while (!bytes.empty()) {
        const std::span<char> room = into.room();
        ASSERT_FALSE(room.empty());
        const std::size_t count = std::min(room.size(), bytes.size());
        std::memcpy(room.data(), bytes.data(), count);
        into.commit(count);
        bytes.remove_prefix(count);
    }
}

TEST(input_buffer, keeps_unread_bytes_in_order_while_it_moves_and_grows) {
    block_pool pool;
    input_buffer buffer(pool);
    std::string expected;
    for (int round = 0; round < 40; ++round) {
        const std::string bytes(block_pool::block_size / 16, static_cast<char>('a' + round % 26));
        put(buffer, bytes);
        expected += bytes;
        const std::size_t used = round % 3 == 0 ? 700 : 100;
        buffer.consume(used);
        expected.erase(0, used);
        ASSERT_TRUE(buffer.unread() == expected) << round;
    }
}

TEST(input_buffer, grows_to_what_is_wanted) {
    block_pool pool;
    input_buffer buffer(pool);
    put(buffer, "kept");
    EXPECT_GE(buffer.room(100'000).size(), 100'000U - 4);
    EXPECT_EQ(buffer.unread(), "kept");
}

TEST(input_buffer, gives_its_block_back_when_it_is_empty) {
    block_pool pool;
    const char* block = nullptr;
    {
        input_buffer first(pool);
        put(first, "x");
        block = first.unread().data();
        first.consume(1);
        first.release();
        EXPECT_TRUE(first.empty());
        input_buffer second(pool);
        put(second, "y");
        EXPECT_EQ(second.unread().data(), block);
    }
    EXPECT_EQ(pool.take().get(), block);
}

}  // namespace
}  // namespace nearside::proxy
