#include "proxy/inbox.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string_view>

namespace nearside::proxy {
namespace {

void arrive(inbox& into, std::string_view bytes, std::size_t at_once) {
    std::memcpy(into.prepare(at_once), bytes.data(), bytes.size());
    into.arrived(bytes.size());
}

TEST(inbox, gives_back_in_order_what_arrived_and_was_not_consumed) {
    inbox bytes;
    arrive(bytes, "one two ", 16);
    bytes.consume(4);
    arrive(bytes, "three", 16);
    EXPECT_EQ(bytes.view(), "two three");
    bytes.consume(9);
    EXPECT_TRUE(bytes.empty());
}

TEST(inbox, makes_room_by_moving_what_is_held_or_by_growing) {
    inbox bytes;
    arrive(bytes, "0123456789abcdef", 16);
    bytes.consume(12);
    arrive(bytes, "ghijklmnopqr", 12);
    EXPECT_EQ(bytes.view(), "cdefghijklmnopqr");
    arrive(bytes, "stuv", 4096);
    EXPECT_EQ(bytes.view(), "cdefghijklmnopqrstuv");
    EXPECT_GE(bytes.room(), 4096U - 4U);
}

TEST(inbox, gives_all_its_memory_back_only_when_empty) {
    inbox bytes;
    arrive(bytes, "held", 1024);
    bytes.shrink();
    EXPECT_EQ(bytes.view(), "held");
    bytes.consume(4);
    bytes.shrink();
    EXPECT_EQ(bytes.room(), 0U);
    arrive(bytes, "again", 8);
    EXPECT_EQ(bytes.view(), "again");
}

}  // namespace
}  // namespace nearside::proxy
