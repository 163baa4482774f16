#include "loadtest/farapi/wire.h"

#include <gtest/gtest.h>

namespace nearside::farapi {
namespace {

std::string sent(const wire_script& script) {
    std::string all;
    for (const auto& step : script) {
        if (step.does == wire_step::kind::send) all += step.bytes->substr(step.from, step.to - step.from);
    }
    return all;
}

bool closes(const wire_script& script) {
    return script.back().does == wire_step::kind::close;
}

reply ten_bytes() {
    reply answer;
    answer.body = "0123456789";
    return answer;
}

wire_script with(fault_kind kind, std::uint64_t at = 0) {
    fault how;
    how.kind = kind;
    how.at = at;
    return write_wire(ten_bytes(), {}, how);
}

TEST(Wire, SendsAWholeAnswerAndKeepsTheConnection) {
    const auto script = write_wire(ten_bytes(), {}, std::nullopt);
    EXPECT_NE(sent(script).find("Content-Length: 10\r\n"), std::string::npos);
    EXPECT_TRUE(sent(script).ends_with("\r\n\r\n0123456789"));
    EXPECT_FALSE(closes(script));
}

TEST(Wire, AnswersHeadWithTheLengthAlone) {
    const auto script = write_wire(ten_bytes(), {.head_only = true, .date = ""}, std::nullopt);
    EXPECT_NE(sent(script).find("Content-Length: 10\r\n"), std::string::npos);
    EXPECT_TRUE(sent(script).ends_with("\r\n\r\n"));
}

TEST(Wire, GivesA304NoLengthAndNoBody) {
    reply answer;
    answer.status = 304;
    EXPECT_EQ(sent(write_wire(answer, {}, std::nullopt)).find("Content-Length"), std::string::npos);
}

TEST(Wire, TruncatesAfterAnnouncingAll) {
    const auto script = with(fault_kind::truncate, 4);
    EXPECT_NE(sent(script).find("Content-Length: 10\r\n"), std::string::npos);
    EXPECT_TRUE(sent(script).ends_with("\r\n\r\n0123"));
    EXPECT_TRUE(closes(script));
}

TEST(Wire, StallsInTheMiddleOfABody) {
    const auto script = with(fault_kind::stall, 4);
    ASSERT_EQ(script.size(), 4u);
    EXPECT_EQ(script[2].does, wire_step::kind::pause);
    EXPECT_TRUE(sent(script).ends_with("0123456789"));
}

TEST(Wire, ChunksWholeOrCut) {
    EXPECT_TRUE(sent(with(fault_kind::chunked)).ends_with("a\r\n0123456789\r\n0\r\n\r\n"));
    const auto cut = with(fault_kind::chunked, 3);
    EXPECT_TRUE(sent(cut).ends_with("3\r\n012\r\n"));
    EXPECT_TRUE(closes(cut));
}

TEST(Wire, DropsAndResetsWithoutAByte) {
    EXPECT_EQ(sent(with(fault_kind::drop)), "");
    EXPECT_TRUE(closes(with(fault_kind::drop)));
    EXPECT_EQ(with(fault_kind::reset).back().does, wire_step::kind::reset);
}

TEST(Wire, BreaksFramingAndCloses) {
    EXPECT_FALSE(sent(with(fault_kind::garbled)).starts_with("HTTP/"));
    EXPECT_NE(sent(with(fault_kind::bad_length)).find("Content-Length: 12x"), std::string::npos);
    EXPECT_NE(sent(with(fault_kind::bad_chunk)).find("\r\n\r\nzz\r\n"), std::string::npos);
    for (auto kind : {fault_kind::garbled, fault_kind::bad_length, fault_kind::bad_chunk, fault_kind::until_close,
                      fault_kind::close_after}) {
        EXPECT_TRUE(closes(with(kind))) << to_string(kind);
    }
}

TEST(Wire, WaitsBeforeTheFirstByte) {
    fault how;
    how.delay = std::chrono::milliseconds(40);
    const auto script = write_wire(ten_bytes(), {}, how);
    EXPECT_EQ(script.front().does, wire_step::kind::pause);
    EXPECT_EQ(script.front().pause, std::chrono::milliseconds(40));
}

}  // namespace
}  // namespace nearside::farapi
