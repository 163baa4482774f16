#include "cache/redis_slots.h"

#include "cache/redis_answers.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>

namespace nearside::cache {
namespace {

using endpoint = config::redis_settings::endpoint;

redis_reply reply_of(std::string_view bytes) {
    redis_reply_reader reader;
    std::memcpy(reader.prepare().data(), bytes.data(), bytes.size());
    reader.commit(bytes.size());
    auto read = reader.next();
    EXPECT_TRUE(read && *read) << bytes;
    return read && *read ? std::move(**read) : redis_reply{};
}

// The examples of the cluster specification.
TEST(redis_slots, are_the_crc_of_the_key_or_of_its_hash_tag) {
    EXPECT_EQ(redis_slot_of("123456789"), 0x31C3);
    EXPECT_EQ(redis_slot_of(""), 0);
    EXPECT_EQ(redis_slot_of("{user1000}.following"), redis_slot_of("{user1000}.followers"));
    EXPECT_EQ(redis_slot_of("foo{{bar}}zap"), redis_slot_of("{bar"));
    EXPECT_EQ(redis_slot_of("foo{bar}{zap}"), redis_slot_of("bar"));
    EXPECT_NE(redis_slot_of("foo{}{bar}"), redis_slot_of("bar"));
    EXPECT_NE(redis_slot_of("foo{bar"), redis_slot_of("bar"));
    EXPECT_EQ(redis_slot_of("foo"), 12'182);
}

TEST(redis_slots, redirections_name_a_slot_and_a_node) {
    const auto moved = parse_redirection("MOVED 3999 127.0.0.1:6381", "h");
    ASSERT_TRUE(moved);
    EXPECT_EQ(moved->slot, 3'999);
    EXPECT_EQ(moved->to, (endpoint{"127.0.0.1", 6'381}));
    EXPECT_EQ(parse_redirection("ASK 1 ::1:6381", "h")->to, (endpoint{"::1", 6'381}));
    EXPECT_EQ(parse_redirection("MOVED 1 :6381", "h")->to, (endpoint{"h", 6'381}));
    for (const char* broken : {"", "MOVED", "MOVED 1", "MOVED x a:1", "MOVED 16384 a:1", "MOVED -1 a:1", "MOVED 1 a",
                               "MOVED 1 a:", "MOVED 1 a:0", "MOVED 1 a:70000", "MOVED 1 a:1x"}) {
        EXPECT_FALSE(parse_redirection(broken, "h")) << broken;
    }
}

TEST(redis_slot_table, knows_who_holds_a_slot) {
    const auto table = redis_slot_table::parse(
        reply_of("*2\r\n*4\r\n:0\r\n:100\r\n*3\r\n$1\r\na\r\n:1\r\n$2\r\nid\r\n*3\r\n$1\r\nr\r\n:9\r\n$2\r\nid\r\n"
                 "*3\r\n:102\r\n:16383\r\n*2\r\n$-1\r\n:2\r\n"),
        "asked");
    ASSERT_TRUE(table);
    EXPECT_EQ(*table->owner(0), (endpoint{"a", 1}));
    EXPECT_EQ(*table->owner(100), (endpoint{"a", 1}));
    EXPECT_EQ(table->owner(101), nullptr);
    EXPECT_EQ(*table->owner(16'383), (endpoint{"asked", 2}));
    EXPECT_EQ(table->owners().size(), 2U);
}

TEST(redis_slot_table, learns_one_slot_from_a_redirection) {
    auto table = redis_slot_table::parse(reply_of("*1\r\n*3\r\n:0\r\n:16383\r\n*2\r\n$1\r\na\r\n:1\r\n"), "asked");
    ASSERT_TRUE(table);
    table->assign(7, {"b", 2});
    EXPECT_EQ(*table->owner(7), (endpoint{"b", 2}));
    EXPECT_EQ(*table->owner(8), (endpoint{"a", 1}));
    EXPECT_EQ(table->owners().size(), 2U);
    table->assign(7, {"a", 1});
    EXPECT_EQ(table->owners(), (std::vector<endpoint>{{"a", 1}}));
}

TEST(redis_slot_table, is_made_of_nothing_else) {
    for (const char* broken :
         {"*0\r\n", "+OK\r\n", "*1\r\n:1\r\n", "*1\r\n*3\r\n:0\r\n:16384\r\n*2\r\n$1\r\na\r\n:1\r\n",
          "*1\r\n*3\r\n:9\r\n:8\r\n*2\r\n$1\r\na\r\n:1\r\n", "*1\r\n*3\r\n:0\r\n:1\r\n:1\r\n",
          "*1\r\n*3\r\n:0\r\n:1\r\n*2\r\n$1\r\na\r\n:70000\r\n"}) {
        EXPECT_FALSE(redis_slot_table::parse(reply_of(broken), "asked")) << broken;
    }
}

TEST(redis_answers, tell_primary_and_address) {
    EXPECT_TRUE(says_primary(reply_of("*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n")));
    EXPECT_FALSE(says_primary(reply_of("*2\r\n$5\r\nslave\r\n:0\r\n")));
    EXPECT_FALSE(says_primary(reply_of("+master\r\n")));
    EXPECT_EQ(primary_address(reply_of("*2\r\n$9\r\n127.0.0.1\r\n$4\r\n6379\r\n")), (endpoint{"127.0.0.1", 6'379}));
    for (const char* broken : {"*-1\r\n", "*1\r\n$1\r\na\r\n", "*2\r\n$1\r\na\r\n$1\r\nx\r\n",
                               "*2\r\n$0\r\n\r\n$1\r\n1\r\n", "-IDONTKNOW\r\n"}) {
        EXPECT_FALSE(primary_address(reply_of(broken))) << broken;
    }
    EXPECT_TRUE(switches_primary("main 127.0.0.1 1 127.0.0.1 2", "main"));
    EXPECT_FALSE(switches_primary("mainly 127.0.0.1 1 127.0.0.1 2", "main"));
    EXPECT_FALSE(switches_primary("", "main"));
}

TEST(redis_answers, tell_errors_without_what_they_quote) {
    const redis_reply failed = reply_of("-ERR unknown command `X`, with args beginning with: `secret`\r\n");
    EXPECT_EQ(redis_error_code(failed), "ERR");
    EXPECT_EQ(error_of(failed).detail, "ERR unknown command `X`");
    EXPECT_EQ(redis_error_code(reply_of("-LOADING\r\n")), "LOADING");
    EXPECT_EQ(redis_error_code(reply_of("+OK\r\n")), "");
}

}  // namespace
}  // namespace nearside::cache
