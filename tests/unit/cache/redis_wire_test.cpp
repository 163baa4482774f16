#include "cache/redis_wire.h"

#include "cache/redis_command.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>

namespace nearside::cache {
namespace {

using reply_kind = redis_reply::kind;
using read_result = result<std::optional<redis_reply>>;

// Gives at most `piece` bytes at a time, as a socket might; replies are taken out as they become whole.
std::vector<redis_reply> read_all(redis_reply_reader& reader, std::string_view bytes, std::size_t piece,
                                  std::string* failure = nullptr) {
    std::vector<redis_reply> replies;
    for (;;) {
        read_result next = reader.next();
        if (!next) {
            if (failure != nullptr) *failure = next.error().detail;
            return replies;
        }
        if (*next) {
            replies.push_back(std::move(**next));
            continue;
        }
        if (bytes.empty()) return replies;
        const std::span<char> room = reader.prepare();
        const std::size_t count = std::min({piece, room.size(), bytes.size()});
        std::memcpy(room.data(), bytes.data(), count);
        reader.commit(count);
        bytes.remove_prefix(count);
    }
}

std::string refusal_of(std::string_view bytes, redis_reply_limits limits = {}) {
    redis_reply_reader reader(limits);
    std::string failure;
    EXPECT_TRUE(read_all(reader, bytes, bytes.size(), &failure).empty()) << bytes;
    return failure;
}

std::string sent(const redis_command& command) {
    redis_batch batch;
    batch.add(command);
    EXPECT_EQ(batch.bytes(), command.bytes());
    std::string text;
    for (const slice& each : batch.take())
        text.append(each.bytes);
    EXPECT_TRUE(batch.empty());
    EXPECT_EQ(text.size(), command.bytes());
    return text;
}

TEST(redis_command, is_an_array_of_binary_arguments) {
    const std::string binary("\0\r\n$", 4);
    EXPECT_EQ(sent(redis_command("k", {"SET", binary, ""}).add(-12)),
              "*4\r\n$3\r\nSET\r\n$4\r\n" + binary + "\r\n$0\r\n\r\n$3\r\n-12\r\n");
}

TEST(redis_command, shares_the_bytes_of_large_arguments) {
    const body large(std::string(100'000, 'x'));
    redis_command command("k", {"SET", "k"});
    command.add(large).add("EX").add(7);
    redis_batch batch;
    batch.add(redis_command("", {"PING"}));
    batch.add(command);
    const std::vector<slice> pieces = batch.take();
    ASSERT_EQ(pieces.size(), 3U);
    EXPECT_EQ(pieces[0].bytes, "*1\r\n$4\r\nPING\r\n*5\r\n$3\r\nSET\r\n$1\r\nk\r\n$100000\r\n");
    EXPECT_EQ(pieces[1].bytes.data(), large.slices()[0].bytes.data());
    EXPECT_EQ(pieces[2].bytes, "\r\n$2\r\nEX\r\n$1\r\n7\r\n");
}

TEST(redis_command, takes_a_spliced_body_as_one_argument) {
    const std::string part(9'000, 'p');
    const auto owner = std::make_shared<const std::string>(part);
    const body spliced(std::vector<slice>{{nullptr, "<"}, {owner, *owner}, {nullptr, ">"}});
    EXPECT_EQ(sent(redis_command("k", {"SET"}).add(spliced)), "*2\r\n$3\r\nSET\r\n$9002\r\n<" + part + ">\r\n");
}

class redis_wire : public ::testing::TestWithParam<std::size_t> {};

TEST_P(redis_wire, reads_every_kind_however_the_bytes_come) {
    const std::string large(300'000, 'L');
    std::string all("+OK\r\n-ERR no\r\n:-42\r\n$-1\r\n$0\r\n\r\n");
    all.append("$5\r\na\r\nb").append(1, '\0').append("\r\n*-1\r\n*0\r\n*3\r\n:1\r\n*2\r\n$1\r\nx\r\n$-1\r\n+tail\r\n");
    all.append("$300000\r\n").append(large).append("\r\n*2\r\n$300000\r\n").append(large).append("\r\n:7\r\n+end\r\n");
    redis_reply_reader reader;
    const auto got = read_all(reader, all, GetParam());
    ASSERT_EQ(got.size(), 12U);
    EXPECT_TRUE(got[0].is_status("OK"));
    EXPECT_TRUE(got[1].is_error());
    EXPECT_EQ(got[1].text(), "ERR no");
    EXPECT_EQ(got[2].integer, -42);
    EXPECT_TRUE(got[3].is_nil());
    EXPECT_TRUE(got[4].is(reply_kind::bulk) && got[4].text().empty());
    EXPECT_EQ(got[5].text(), std::string_view("a\r\nb\0", 5));
    EXPECT_TRUE(got[6].is_nil());
    EXPECT_TRUE(got[7].is(reply_kind::array) && got[7].items.empty());
    ASSERT_EQ(got[8].items.size(), 3U);
    EXPECT_EQ(got[8].items[1].items[0].text(), "x");
    EXPECT_TRUE(got[8].items[1].items[1].is_nil());
    EXPECT_TRUE(got[8].items[2].is_status("tail"));
    EXPECT_EQ(got[9].text(), large);
    ASSERT_EQ(got[10].items.size(), 2U);
    EXPECT_EQ(got[10].items[0].text(), large);
    EXPECT_EQ(got[10].items[1].integer, 7);
    EXPECT_TRUE(got[11].is_status("end"));
}

INSTANTIATE_TEST_SUITE_P(pieces, redis_wire, ::testing::Values(1, 2, 3, 7, 1'000, 16'383, 16'384, 1'000'000));

TEST(redis_reply_reader, refuses_what_is_no_reply_and_stays_refused) {
    EXPECT_NE(refusal_of("HTTP/1.1 400 Bad Request\r\n\r\n"), "");
    EXPECT_NE(refusal_of(std::string("\0\0\0\0", 4)), "");
    EXPECT_NE(refusal_of("$-7\r\n"), "");
    EXPECT_NE(refusal_of("$x\r\n"), "");
    EXPECT_NE(refusal_of("*-2\r\n"), "");
    redis_reply_reader reader;
    EXPECT_TRUE(read_all(reader, "garbage\r\n+OK\r\n", 4).empty());
    EXPECT_TRUE(read_all(reader, "+OK\r\n", 5).empty());
    EXPECT_EQ(reader.next().error().code, errc::redis_error);
}

TEST(redis_reply_reader, refuses_a_bulk_that_does_not_end_where_it_said) {
    const std::string large(20'000, 'x');
    EXPECT_NE(refusal_of("$20000\r\n" + large + "xx+OK\r\n"), "");
}

TEST(redis_reply_reader, refuses_what_is_over_the_limits_before_it_is_read) {
    const redis_reply_limits limits{.bulk_bytes = 50'000, .reply_bytes = 60'000, .items = 100};
    EXPECT_NE(refusal_of("$50001\r\n", limits), "");
    EXPECT_NE(refusal_of("$9223372036854775807\r\n", limits), "");
    EXPECT_NE(refusal_of("*101\r\n", limits), "");
    EXPECT_NE(refusal_of("*2147483647\r\n", limits), "");
    EXPECT_NE(refusal_of("*2\r\n$40000\r\n" + std::string(40'000, 'x') + "\r\n$40000\r\n", limits), "");
    std::string nested;
    for (int depth = 0; depth < 100; ++depth)
        nested += "*1\r\n";
    EXPECT_NE(refusal_of(nested), "");
    EXPECT_NE(refusal_of("+" + std::string(100'000, 'x')), "");
}

TEST(redis_reply_reader, counts_the_limits_for_each_reply_anew) {
    redis_reply_reader reader({.bulk_bytes = 50'000, .reply_bytes = 60'000, .items = 3});
    const std::string one = "*3\r\n:1\r\n:2\r\n$40000\r\n" + std::string(40'000, 'x') + "\r\n";
    EXPECT_EQ(read_all(reader, one + one + one, 10'000).size(), 3U);
}

TEST(redis_reply_reader, is_gone_with_a_reply_half_read) {
    redis_reply_reader reader;
    EXPECT_TRUE(read_all(reader, "*3\r\n$1\r\na\r\n*2\r\n:1\r\n", 100).empty());
    redis_reply_reader in_bulk;
    EXPECT_TRUE(read_all(in_bulk, "*2\r\n$100000\r\nabc", 100).empty());
}

}  // namespace
}  // namespace nearside::cache
