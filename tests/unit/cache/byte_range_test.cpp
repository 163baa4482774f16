#include "cache/byte_range.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace nearside::cache {
namespace {

using range_kind = range_answer::kind;

range_answer asked_ranges(std::string_view value, std::uint64_t length = 100) {
    header_fields request;
    request.append("Range", value);
    return read_ranges(request, length);
}

body in_slices(const std::string& text, std::size_t each) {
    const auto kept = std::make_shared<const std::string>(text);
    std::vector<slice> slices;
    for (std::size_t at = 0; at < text.size(); at += each)
        slices.push_back({kept, std::string_view(*kept).substr(at, each)});
    return body(std::move(slices));
}

TEST(byte_range_test, a_range_an_open_end_and_a_suffix) {
    EXPECT_EQ(asked_ranges("bytes=0-9").ranges, (std::vector<byte_range>{{0, 9}}));
    EXPECT_EQ(asked_ranges("bytes=90-").ranges, (std::vector<byte_range>{{90, 99}}));
    EXPECT_EQ(asked_ranges("bytes=-5").ranges, (std::vector<byte_range>{{95, 99}}));
    EXPECT_EQ(asked_ranges("bytes=-500").ranges, (std::vector<byte_range>{{0, 99}}));
    EXPECT_EQ(asked_ranges("BYTES = 0-0").ranges, (std::vector<byte_range>{{0, 0}}));
}

TEST(byte_range_test, an_end_beyond_the_body_is_the_bodys_end) {
    EXPECT_EQ(asked_ranges("bytes=50-1000").ranges, (std::vector<byte_range>{{50, 99}}));
    EXPECT_EQ(asked_ranges("bytes=50-99999999999999999999999").ranges, (std::vector<byte_range>{{50, 99}}));
}

TEST(byte_range_test, what_begins_behind_the_body_is_unsatisfiable) {
    EXPECT_EQ(asked_ranges("bytes=100-").is, range_kind::unsatisfiable);
    EXPECT_EQ(asked_ranges("bytes=-0").is, range_kind::unsatisfiable);
    EXPECT_EQ(asked_ranges("bytes=0-", 0).is, range_kind::unsatisfiable);
    EXPECT_EQ(asked_ranges("bytes=99999999999999999999999-").is, range_kind::unsatisfiable);
    // One that can be satisfied is enough (RFC 9110 14.1.2).
    EXPECT_EQ(asked_ranges("bytes=500-600, 3-4").ranges, (std::vector<byte_range>{{3, 4}}));
}

TEST(byte_range_test, what_cannot_be_read_is_as_if_it_were_not_there) {
    for (const char* value : {"bytes", "bytes=", "bytes=a-b", "bytes=5-3", "bytes=1-2-3", "bytes=1", "lines=1-2",
                              "bytes=--5", "bytes=1-2,x", "bytes=-", "bytes=+1-2"})
        EXPECT_EQ(asked_ranges(value).is, range_kind::whole) << value;
    header_fields twice;
    twice.append("Range", "bytes=0-1");
    twice.append("Range", "bytes=2-3");
    EXPECT_EQ(read_ranges(twice, 100).is, range_kind::whole);
}

TEST(byte_range_test, several_keep_the_order_asked_for_unless_they_overlap) {
    EXPECT_EQ(asked_ranges("bytes=50-59,0-9").ranges, (std::vector<byte_range>{{50, 59}, {0, 9}}));
    EXPECT_EQ(asked_ranges("bytes=20-29,5-24").ranges, (std::vector<byte_range>{{5, 29}}));
}

TEST(byte_range_test, a_set_that_would_multiply_the_body_is_answered_with_the_whole) {
    std::string value = "bytes=0-";
    for (int more = 0; more < 20; ++more)
        value += ",0-";
    EXPECT_EQ(asked_ranges(value).is, range_kind::whole);
    std::string many = "bytes=0-0";
    for (int at = 1; at < 40; ++at)
        many += "," + std::to_string(2 * at) + "-" + std::to_string(2 * at);
    EXPECT_EQ(asked_ranges(many).is, range_kind::whole);
}

TEST(byte_range_test, a_cut_is_the_same_however_the_body_is_sliced) {
    const std::string text = "0123456789abcdefghij";
    for (std::size_t each = 1; each <= text.size(); ++each) {
        const body content = in_slices(text, each);
        for (std::uint64_t first = 0; first < text.size(); ++first) {
            for (std::uint64_t last = first; last < text.size(); ++last)
                EXPECT_EQ(cut(content, {first, last}).to_string(), text.substr(first, last - first + 1));
        }
    }
}

TEST(byte_range_test, several_ranges_are_parts_with_their_own_heads) {
    const body content = in_slices("0123456789", 3);
    EXPECT_EQ(multipart(content, {{0, 1}, {8, 9}}, "text/plain", "B").to_string(),
              "--B\r\nContent-Type: text/plain\r\nContent-Range: bytes 0-1/10\r\n\r\n01"
              "\r\n--B\r\nContent-Type: text/plain\r\nContent-Range: bytes 8-9/10\r\n\r\n89"
              "\r\n--B--\r\n");
    EXPECT_EQ(content_range({2, 3}, 10), "bytes 2-3/10");
    EXPECT_EQ(unsatisfied_range(10), "bytes */10");
}

}  // namespace
}  // namespace nearside::cache
