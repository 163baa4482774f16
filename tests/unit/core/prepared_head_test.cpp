#include "core/prepared_head.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace nearside {
namespace {

response_head document() {
    response_head head;
    head.fields.append("ETag", "\"1\"");
    head.fields.append("Content-Encoding", "gzip");
    head.fields.append("Cache-Control", "max-age=5");
    head.fields.append("Content-Type", "text/plain");
    head.fields.append("Cache-Control", "public");
    head.fields.append("X-Empty", "");
    return head;
}

TEST(prepared_head, is_written_as_one_text) {
    const prepared_head head(document());
    EXPECT_EQ(head.whole().status, 200);
    EXPECT_EQ(head.whole().status_line, "HTTP/1.1 200 OK\r\n");
    EXPECT_EQ(head.whole().lines,
              "Content-Type: text/plain\r\nContent-Encoding: gzip\r\nETag: \"1\"\r\n"
              "Cache-Control: max-age=5\r\nCache-Control: public\r\nX-Empty: \r\n");
}

TEST(prepared_head, a_304_leaves_out_what_describes_the_content_it_does_not_send) {
    const prepared_head head(document());
    EXPECT_EQ(head.not_modified().status, 304);
    EXPECT_EQ(head.not_modified().status_line, "HTTP/1.1 304 Not Modified\r\n");
    EXPECT_EQ(head.not_modified().lines,
              "ETag: \"1\"\r\nCache-Control: max-age=5\r\nCache-Control: public\r\nX-Empty: \r\n");
}

TEST(prepared_head, a_206_says_what_the_200_says_and_leaves_the_type_to_whoever_sends_several_ranges) {
    const prepared_head head(document());
    EXPECT_EQ(head.partial().status, 206);
    EXPECT_EQ(head.partial().status_line, "HTTP/1.1 206 Partial Content\r\n");
    EXPECT_EQ(head.partial().lines, head.whole().lines);
    EXPECT_EQ("Content-Type: text/plain\r\n" + std::string(head.partial_without_type().lines), head.whole().lines);
}

TEST(prepared_head, finds_fields_whatever_their_case) {
    const prepared_head head(document());
    EXPECT_EQ(head.find("etag"), "\"1\"");
    EXPECT_EQ(head.find("CACHE-CONTROL"), "max-age=5");
    EXPECT_EQ(head.find("x-empty"), "");
    EXPECT_EQ(head.find("x"), std::nullopt);
    EXPECT_EQ(head.find("x-empty-not"), std::nullopt);
    EXPECT_TRUE(head.contains("Content-Type"));
}

TEST(prepared_head, gives_all_fields_back_and_repeated_ones_in_their_order) {
    std::vector<std::pair<std::string, std::string>> seen;
    const prepared_head head(document());
    head.for_each([&](std::string_view name, std::string_view value) { seen.emplace_back(name, value); });
    EXPECT_EQ(seen.size(), 6U);
    EXPECT_EQ(head.fields().combined("cache-control"), "max-age=5, public");
    EXPECT_EQ(head.fields().size(), 6U);
    EXPECT_EQ(prepared_head(response_head{.status = 200, .version = 11, .fields = head.fields()}).whole().lines,
              head.whole().lines);
}

TEST(prepared_head, drops_what_belongs_to_a_session_and_what_would_end_the_head_early) {
    response_head given = document();
    for (const std::string_view name :
         {"Connection", "keep-alive", "Proxy-Connection", "Transfer-Encoding", "Upgrade", "Content-Length"})
        given.fields.append(name, "1");
    given.fields.append("X-Split", "a\r\nSet-Cookie: b");
    given.fields.append("X-Nul", std::string_view("a\0b", 3));
    EXPECT_EQ(prepared_head(given).whole().lines, prepared_head(document()).whole().lines);
}

TEST(prepared_head, knows_whether_it_tells_a_date_and_any_status) {
    response_head given;
    given.status = 299;
    EXPECT_FALSE(prepared_head(given).has_date());
    given.fields.append("date", "Thu, 01 Jan 1970 00:00:00 GMT");
    const prepared_head head(given);
    EXPECT_TRUE(head.has_date());
    EXPECT_TRUE(head.not_modified().has_date);
    EXPECT_EQ(head.status(), 299);
    EXPECT_EQ(head.whole().status_line, "HTTP/1.1 299 Unknown\r\n");
}

TEST(prepared_head, without_fields_has_none) {
    EXPECT_EQ(prepared_head(response_head{}).whole().lines, "");
    EXPECT_EQ(prepared_head().find("etag"), std::nullopt);
    EXPECT_TRUE(prepared_head().fields().empty());
}

TEST(prepared_head, a_copy_outlives_what_it_was_copied_from) {
    prepared_head copy;
    {
        const prepared_head head(document());
        copy = head;
    }
    EXPECT_EQ(copy.find("etag"), "\"1\"");
    EXPECT_GT(copy.memory(), copy.whole().lines.size());
}

}  // namespace
}  // namespace nearside
