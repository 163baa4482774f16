#include "proxy/view_lines.h"

#include <gtest/gtest.h>

namespace nearside::proxy {
namespace {

bool wanted(std::string_view accept) {
    header_fields fields;
    fields.append("Accept", accept);
    return wants_lines(fields);
}

TEST(view_lines, who_names_them_gets_them) {
    EXPECT_TRUE(wanted("application/x-ndjson"));
    EXPECT_TRUE(wanted("Application/X-NDJSON;charset=utf-8"));
    EXPECT_TRUE(wanted("application/x-ndjson, */*"));
    EXPECT_TRUE(wanted("application/x-ndjson, application/json;q=0.9"));
    EXPECT_TRUE(wanted("application/json;q=0.2, application/x-ndjson;q=0.3"));
    EXPECT_TRUE(wanted("text/html, application/x-ndjson;q=0.1"));
}

TEST(view_lines, all_others_get_json) {
    EXPECT_FALSE(wants_lines(header_fields()));
    EXPECT_FALSE(wanted("*/*"));
    EXPECT_FALSE(wanted("application/*"));
    EXPECT_FALSE(wanted("application/json"));
    EXPECT_FALSE(wanted("application/json, application/x-ndjson")) << "liked alike";
    EXPECT_FALSE(wanted("application/json, application/x-ndjson;q=0.9"));
    EXPECT_FALSE(wanted("application/x-ndjson;q=0, */*"));
    EXPECT_FALSE(wanted("application/x-ndjson;q=0.5, */*;q=0.8"));
    EXPECT_FALSE(wanted("application/x-ndjson;q=nonsense"));
}

TEST(view_lines, several_fields_count_as_one) {
    header_fields fields;
    fields.append("Accept", "application/json;q=0.5");
    fields.append("Accept", "application/x-ndjson");
    EXPECT_TRUE(wants_lines(fields));
}

TEST(view_lines, the_last_line_names_the_content_and_what_is_missing) {
    response_head head;
    head.fields.append("ETag", "\"abc\"");
    cache::entry complete;
    complete.head = prepared_head(head);
    EXPECT_EQ(end_line(complete, {}), "{\"etag\":\"\\\"abc\\\"\"}\n");

    head.fields.append("nearside-partial", "owner, jobs");
    cache::entry partial;
    partial.head = prepared_head(head);
    EXPECT_EQ(end_line(partial, "stale-if-error"),
              "{\"etag\":\"\\\"abc\\\"\",\"partial\":[\"owner\",\"jobs\"],\"detail\":\"stale-if-error\"}\n");
}

TEST(view_lines, a_problem_ends_them_in_its_own_words) {
    const std::string line = end_line(make_problem(502, {errc::upstream_status, "step `b`"}));
    EXPECT_TRUE(line.starts_with("{\"problem\":{\"type\":\"urn:nearside:problem:upstream_status\"")) << line;
    EXPECT_TRUE(line.ends_with("}}\n")) << line;
    EXPECT_EQ(line.find('\n'), line.size() - 1);
}

TEST(view_lines, their_tag_is_weak_and_all_else_is_the_views) {
    response_head head;
    head.fields.append("ETag", "\"abc\"");
    head.fields.append("Cache-Control", "private, max-age=5");
    head.fields.append("Content-Type", "application/json");
    cache::entry stored;
    stored.head = prepared_head(head);
    const header_fields fields = lines_head(stored).fields;
    EXPECT_EQ(fields.find("etag"), "W/\"abc\"");
    EXPECT_EQ(fields.find("content-type"), "application/x-ndjson");
    EXPECT_EQ(fields.find("cache-control"), "private, max-age=5");
}

}  // namespace
}  // namespace nearside::proxy
