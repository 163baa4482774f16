#include "core/http_message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

namespace nearside {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

header_fields fields_of(std::initializer_list<std::pair<const char*, const char*>> all) {
    header_fields fields;
    for (const auto& [name, value] : all)
        fields.append(name, value);
    return fields;
}

std::string written(const header_fields& fields) {
    std::string text;
    fields.write_to(text);
    return text;
}

std::vector<std::string> members(std::string_view value) {
    std::vector<std::string> all;
    for_each_member(value, [&](std::string_view member) { all.emplace_back(member); });
    return all;
}

TEST(iequals, ignores_ascii_case_alone) {
    EXPECT_TRUE(iequals("Content-Type", "cONTENT-tYPE"));
    EXPECT_FALSE(iequals("etag", "etags"));
    EXPECT_FALSE(iequals("[", "{"));
    EXPECT_FALSE(iequals("@", "`"));
    EXPECT_TRUE(iequals("", ""));
}

TEST(header_fields, keep_names_values_and_order_as_they_came) {
    const header_fields fields = fields_of({{"Host", "a"}, {"x-B", ""}, {"HOST", "c"}});
    EXPECT_EQ(written(fields), "Host: a\r\nx-B: \r\nHOST: c\r\n");
    EXPECT_EQ(fields.size(), 3U);
}

TEST(header_fields, find_takes_any_case_and_the_first) {
    const header_fields fields = fields_of({{"ETag", "\"1\""}, {"etag", "\"2\""}, {"X-Empty", ""}});
    EXPECT_EQ(fields.find("ETAG"), "\"1\"");
    EXPECT_EQ(fields.find("x-empty"), "");
    EXPECT_FALSE(fields.find("e-tag").has_value());
    EXPECT_EQ(fields.count("etag"), 2U);
}

TEST(header_fields, combined_joins_repeated_lines_in_order) {
    const header_fields fields = fields_of({{"Vary", "a"}, {"Other", "x"}, {"vary", "b, c"}});
    EXPECT_EQ(fields.combined("VARY"), "a, b, c");
    EXPECT_EQ(fields.combined("none"), "");
}

TEST(header_fields, erase_takes_all_of_a_name_and_tells_how_many) {
    header_fields fields = fields_of({{"A", "1"}, {"B", "2"}, {"a", "3"}});
    EXPECT_EQ(fields.erase("a"), 2U);
    EXPECT_EQ(written(fields), "B: 2\r\n");
    EXPECT_EQ(fields.erase("a"), 0U);
    EXPECT_EQ(fields.erase("b"), 1U);
    EXPECT_TRUE(fields.empty());
}

TEST(header_fields, set_leaves_one_of_a_name) {
    header_fields fields = fields_of({{"A", "1"}, {"B", "2"}, {"a", "3"}});
    fields.set("A", "new");
    EXPECT_EQ(written(fields), "B: 2\r\nA: new\r\n");
    fields.set("C", "added");
    EXPECT_EQ(fields.find("c"), "added");
}

TEST(header_fields, set_may_be_given_a_value_out_of_the_same_section) {
    header_fields fields = fields_of({{"A", "a rather long value that lives in the section itself"}, {"B", "2"}});
    fields.set("B", *fields.find("A"));
    EXPECT_EQ(fields.find("B"), "a rather long value that lives in the section itself");
}

TEST(header_fields, append_may_be_given_a_value_out_of_the_same_section) {
    header_fields fields = fields_of({{"A", "a rather long value that lives in the section itself"}});
    for (int copy = 0; copy < 20; ++copy)
        fields.append("B", *fields.find("A"));
    EXPECT_EQ(fields.size(), 21U);
    for (const auto& each : fields)
        EXPECT_EQ(each.value, "a rather long value that lives in the section itself");
}

TEST(header_fields, a_name_of_any_length_stays_whole) {
    header_fields fields;
    const std::string name(70'000, 'n');
    fields.append(name, "value");
    EXPECT_EQ(fields[0].name, name);
    EXPECT_EQ(fields[0].value, "value");
    EXPECT_EQ(fields.find(name), "value");
}

TEST(header_fields, memory_grows_with_what_is_held) {
    header_fields fields;
    const std::size_t before = fields.memory();
    fields.append("X-Large", std::string(10'000, 'x'));
    EXPECT_GE(fields.memory(), before + 10'000);
    fields.clear();
    EXPECT_TRUE(fields.empty());
}

TEST(for_each_member, splits_at_commas_and_trims) {
    EXPECT_THAT(members(" a,\tb ,c d\t"), ElementsAre("a", "b", "c d"));
}

TEST(for_each_member, skips_empty_members) {
    EXPECT_THAT(members(",a,, ,b,"), ElementsAre("a", "b"));
}

TEST(for_each_member, of_nothing_gives_nothing) {
    EXPECT_THAT(members(""), IsEmpty());
    EXPECT_THAT(members(" \t "), IsEmpty());
}

TEST(for_each_member, leaves_commas_in_quoted_strings_alone) {
    EXPECT_THAT(members(R"(private="a, b", max-age=5)"), ElementsAre(R"(private="a, b")", "max-age=5"));
}

TEST(for_each_member, knows_an_escaped_quote_from_an_end) {
    EXPECT_THAT(members(R"("a\", b", c)"), ElementsAre(R"("a\", b")", "c"));
    EXPECT_THAT(members(R"("a\\", b)"), ElementsAre(R"("a\\")", "b"));
}

TEST(for_each_member, gives_an_unclosed_string_to_its_end) {
    EXPECT_THAT(members(R"(a, "b, c)"), ElementsAre("a", R"("b, c)"));
    EXPECT_THAT(members("a, \"b\\"), ElementsAre("a", "\"b\\"));
    EXPECT_THAT(members("\"\\"), ElementsAre("\"\\"));
}

TEST(for_each_member, a_backslash_outside_quotes_is_a_letter) {
    EXPECT_THAT(members(R"(a\, b)"), ElementsAre(R"(a\)", "b"));
}

TEST(remove_hop_by_hop, takes_the_connection_and_all_that_it_lists) {
    header_fields fields = fields_of({{"Connection", "X-Trace, close"},
                                      {"Keep-Alive", "timeout=5"},
                                      {"connection", "x-other"},
                                      {"X-Trace", "1"},
                                      {"X-OTHER", "2"},
                                      {"Transfer-Encoding", "chunked"},
                                      {"TE", "trailers"},
                                      {"Upgrade", "h2c"},
                                      {"Proxy-Connection", "close"},
                                      {"Proxy-Authenticate", "Basic"},
                                      {"Proxy-Authorization", "Basic x"},
                                      {"Accept", "*/*"},
                                      {"Close", "stays out"}});
    remove_hop_by_hop(fields);
    EXPECT_EQ(written(fields), "Accept: */*\r\n");
}

TEST(remove_hop_by_hop, without_any_changes_nothing) {
    header_fields fields = fields_of({{"Accept", "*/*"}, {"Trailer", "x"}});
    remove_hop_by_hop(fields);
    EXPECT_EQ(written(fields), "Accept: */*\r\nTrailer: x\r\n");
}

TEST(request_head, splits_its_target_at_the_first_question_mark) {
    request_head head;
    head.target = "/a/b?c=d?e";
    EXPECT_EQ(head.path(), "/a/b");
    EXPECT_EQ(head.query(), "c=d?e");
    head.target = "/a";
    EXPECT_EQ(head.path(), "/a");
    EXPECT_EQ(head.query(), "");
}

TEST(reason_phrase, is_known_for_the_standard_ones) {
    EXPECT_EQ(reason_phrase(200), "OK");
    EXPECT_EQ(reason_phrase(431), "Request Header Fields Too Large");
    EXPECT_EQ(reason_phrase(299), "Unknown");
    EXPECT_EQ(reason_phrase(-1), "Unknown");
}

TEST(methods, are_safe_or_idempotent_as_rfc_9110_says) {
    for (const char* method : {"GET", "HEAD", "OPTIONS", "TRACE"})
        EXPECT_TRUE(is_safe_method(method)) << method;
    for (const char* method : {"POST", "PUT", "DELETE", "PATCH", "get"})
        EXPECT_FALSE(is_safe_method(method)) << method;
    for (const char* method : {"GET", "PUT", "DELETE"})
        EXPECT_TRUE(is_idempotent_method(method)) << method;
    for (const char* method : {"POST", "PATCH", "CONNECT"})
        EXPECT_FALSE(is_idempotent_method(method)) << method;
}

}  // namespace
}  // namespace nearside
