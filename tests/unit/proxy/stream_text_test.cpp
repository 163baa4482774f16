#include "proxy/stream_text.h"

#include <gtest/gtest.h>

namespace nearside::proxy {
namespace {

body in_slices(std::vector<std::string_view> parts) {
    std::vector<slice> slices;
    for (const std::string_view part : parts)
        slices.push_back({nullptr, part});
    return body(std::move(slices));
}

TEST(stream_text, an_event_is_what_all_share_behind_what_is_the_readers_own) {
    std::string text;
    append_event_start(text, "snapshot", "aaaaaaaa-1", "\"/views/7\"");
    text.append(*snapshot_tail("\"v1\"", in_slices({"{\"n\":", "1}"}))).append(event_end);
    EXPECT_EQ(text,
              "event: snapshot\nid: aaaaaaaa-1\n"
              "data: {\"view\":\"/views/7\",\"etag\":\"\\\"v1\\\"\",\"data\":{\"n\":1}}\n\n");
}

TEST(stream_text, a_problem_has_no_id_and_is_the_document_with_its_view) {
    std::string text;
    append_event_start(text, "problem", {}, "\"/v\"");
    text.append(*problem_tail("{\"type\":\"t\",\"view\":\"board\",\"status\":404}\n")).append(event_end);
    EXPECT_EQ(text, "event: problem\ndata: {\"view\":\"/v\",\"type\":\"t\",\"status\":404}\n\n");
}

TEST(stream_text, line_breaks_between_tokens_are_left_out) {
    EXPECT_EQ(*snapshot_tail("e", in_slices({"\r\n[1,\n", "\n\r2]\n"})), "\"etag\":\"e\",\"data\":[1,2]}");
    EXPECT_EQ(*patch_tail("a", "b", "[\n]"), "\"base\":\"a\",\"etag\":\"b\",\"ops\":[]}");
}

TEST(stream_text, an_announcement_is_the_tag_alone) {
    EXPECT_EQ(*changed_tail("\"v2\""), "\"etag\":\"\\\"v2\\\"\"}");
}

TEST(stream_text, the_wait_before_coming_back_is_in_milliseconds) {
    std::string text;
    append_retry(text, milliseconds{1'500});
    EXPECT_EQ(text, "retry: 1500\n\n");
}

}  // namespace
}  // namespace nearside::proxy
