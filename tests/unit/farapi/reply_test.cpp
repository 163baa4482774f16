#include "loadtest/farapi/reply.h"

#include "loadtest/farapi/reply_fault.h"

#include <gtest/gtest.h>

namespace nearside::farapi {
namespace {

request_head asked(std::string if_none_match = "", std::string accept_encoding = "") {
    request_head head{.method = "GET", .target = "/", .fields = {}};
    if (!if_none_match.empty()) head.fields.append("If-None-Match", if_none_match);
    if (!accept_encoding.empty()) head.fields.append("Accept-Encoding", accept_encoding);
    return head;
}

reply document(std::size_t size = 1000) {
    reply answer;
    answer.fields.append("Content-Type", "application/json");
    answer.body = std::string(size, ' ') + "{}";
    return answer;
}

std::string etag_for(const request_head& head) {
    auto answer = document();
    finish_reply(answer, head, {});
    return std::string(answer.fields.find("ETag").value());
}

TEST(Reply, IsNotSentAgainToWhoHasIt) {
    auto answer = document();
    EXPECT_TRUE(finish_reply(answer, asked("\"other\", W/" + etag_for(asked())), {}));
    EXPECT_EQ(answer.status, 304);
    EXPECT_TRUE(answer.body.empty());
    auto changed = document(1001);
    EXPECT_FALSE(finish_reply(changed, asked(etag_for(asked())), {}));
}

TEST(Reply, HasAnotherETagInAnotherCoding) {
    EXPECT_NE(etag_for(asked()), etag_for(asked("", "gzip")));
    auto answer = document();
    EXPECT_FALSE(finish_reply(answer, asked(etag_for(asked()), "gzip"), {}));
}

TEST(Reply, IsCompressedWhereAccepted) {
    for (const char* accepts : {"gzip", "br, gzip;q=0.5", "*"}) {
        auto answer = document();
        finish_reply(answer, asked("", accepts), {});
        EXPECT_EQ(answer.fields.find("Content-Encoding"), "gzip") << accepts;
        EXPECT_TRUE(answer.body.starts_with("\x1f\x8b")) << accepts;
    }
    for (const char* refuses : {"", "br", "gzip;q=0"}) {
        auto answer = document();
        finish_reply(answer, asked("", refuses), {});
        EXPECT_FALSE(answer.fields.contains("Content-Encoding")) << refuses;
    }
    auto off = document();
    finish_reply(off, asked("", "gzip"), {.gzip = false, .cache_control = ""});
    EXPECT_FALSE(off.fields.contains("Content-Encoding"));
}

TEST(Reply, DoesNotMakeALargeBodyForWhoHasIt) {
    auto answer = document();
    answer.etag = "state";
    answer.large = []() -> std::string {
        ADD_FAILURE() << "made a body for a 304";
        return {};
    };
    EXPECT_TRUE(finish_reply(answer, asked("\"state\""), {}));
}

TEST(Reply, IsBentByAFault) {
    fault how;
    how.kind = fault_kind::malformed_json;
    auto half = document();
    bend_reply(half, how);
    EXPECT_EQ(half.body.size(), 501u);
    how.kind = fault_kind::no_content;
    auto nothing = document();
    bend_reply(nothing, how);
    EXPECT_EQ(nothing.status, 204);
    EXPECT_TRUE(nothing.body.empty());
    how.kind = fault_kind::huge_array;
    how.items = 3;
    auto array = document();
    bend_reply(array, how);
    EXPECT_EQ(array.body, R"({"count":3,"next":null,"previous":null,"results":[{"id":0},{"id":1},{"id":2}]})");
}

}  // namespace
}  // namespace nearside::farapi
