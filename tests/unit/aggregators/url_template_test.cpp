#include "aggregators/url_template.h"

#include "tests/unit/aggregators/url_values.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace nearside::aggregators {
namespace {

const url_value absent{};
const url_value container{url_value::kind::wrong_type, {}};

url_template parsed_template(std::string_view text) {
    auto made = url_template::parse(text);
    EXPECT_TRUE(made.has_value()) << text << ": " << (made ? "" : made.error().what);
    return made ? *made : url_template();
}

result<url_template::expansion> expand(const url_template& from, const std::vector<url_value>& values) {
    std::vector<const url_value*> pointers;
    for (const url_value& each : values)
        pointers.push_back(&each);
    return from.expand(pointers);
}

std::string target(std::string_view from, const std::vector<url_value>& values) {
    const auto made = expand(parsed_template(from), values);
    if (!made) return "error " + std::string(to_string(made.error().code));
    return made->skipped ? "skipped" : made->target;
}

TEST(url_template, blames_the_client_for_values_of_its_own) {
    const auto sent = [](std::string_view value) { return url_value{url_value::kind::text, std::string(value), true}; };
    EXPECT_EQ(target("/u/{x}/", {sent("..")}), "error invalid_parameter");
    EXPECT_EQ(target("/u/{x}/", {sent("../admin")}), "error invalid_parameter");
    EXPECT_EQ(target("/u/{x}{y}/", {sent("."), sent(".")}), "error invalid_parameter");
    EXPECT_EQ(target("/u/{x}{y}/", {sent("."), text_value(".")}), "error unsafe_reference");
    EXPECT_EQ(target("/u/{x}/{y}/", {sent("a"), text_value("..")}), "error unsafe_reference");
}

TEST(url_template, knows_its_references_and_where_they_stand) {
    const url_template made = parsed_template("/a/{id}/b-{job.id}.json?p={page}&q=x{q}&r={a}{b}");
    ASSERT_EQ(made.references().size(), 6u);
    EXPECT_EQ(made.references()[0].text, "id");
    EXPECT_EQ(made.references()[0].offset, 4u);
    EXPECT_EQ(made.references()[0].where, url_template::place::path);
    EXPECT_EQ(made.references()[1].text, "job.id");
    EXPECT_EQ(made.references()[2].where, url_template::place::query);
    EXPECT_TRUE(made.references()[2].whole_pair);
    EXPECT_FALSE(made.references()[3].whole_pair);
    EXPECT_FALSE(made.references()[4].whole_pair);
    EXPECT_FALSE(made.references()[5].whole_pair);
}

TEST(url_template, without_references_comes_out_as_it_was_written) {
    for (const std::string_view written :
         {"/", "/api/jobs/", "/api//x", "/a?b", "/a?", "/a?b=1&c=2&", "/a%20b?x=%2F", "/a;v=1/b,c?x=a/b?c:@"})
        EXPECT_EQ(target(written, {}), written);
}

TEST(url_template, percent_encodes_everything_but_unreserved_bytes) {
    EXPECT_EQ(target("/u/{x}/", {text_value("a-Z_0.~")}), "/u/a-Z_0.~/");
    EXPECT_EQ(target("/u/{x}/", {text_value("a b/c?d#e&f=g%h")}), "/u/a%20b%2Fc%3Fd%23e%26f%3Dg%25h/");
    EXPECT_EQ(target("/u?x={x}&y=1", {text_value("a b/c?d#e&f=g+h")}), "/u?x=a%20b%2Fc%3Fd%23e%26f%3Dg%2Bh&y=1");
    EXPECT_EQ(target("/u/{x}", {text_value("\xed\x95\x9c")}), "/u/%ED%95%9C");
    EXPECT_EQ(target("/u/{x}", {text_value(std::string_view("\0\r\n", 3))}), "/u/%00%0D%0A");
}

TEST(url_template, a_value_never_becomes_an_empty_or_a_dot_segment) {
    for (const std::string_view value : {"", ".", ".."}) {
        EXPECT_EQ(target("/u/{x}/metrics", {text_value(value)}), "error unsafe_reference") << value;
        EXPECT_EQ(target("/u/{x}", {text_value(value)}), "error unsafe_reference") << value;
        EXPECT_EQ(target("/u?x={x}", {text_value(value)}), "/u?x=" + std::string(value));
    }
    EXPECT_EQ(target("/u/.{x}/", {text_value(".")}), "error unsafe_reference");
    EXPECT_EQ(target("/u/%2e{x}/", {text_value(".")}), "error unsafe_reference");
    EXPECT_EQ(target("/u/{x}{y}/", {text_value("."), text_value(".")}), "error unsafe_reference");
    EXPECT_EQ(target("/u/{x}{y}/", {text_value(""), text_value("")}), "error unsafe_reference");
    EXPECT_EQ(target("/u/{x}/", {text_value("...")}), "/u/.../");
    EXPECT_EQ(target("/u/v{x}/", {text_value("")}), "/u/v/");
}

TEST(url_template, a_value_cannot_climb_even_where_a_server_decodes_slashes_first) {
    EXPECT_EQ(target("/u/{x}/", {text_value("../admin")}), "error unsafe_reference");
    EXPECT_EQ(target("/u/{x}/", {text_value("a/../../admin")}), "error unsafe_reference");
    EXPECT_EQ(target("/u/{x}/", {text_value("a\\..")}), "error unsafe_reference");
    EXPECT_EQ(target("/u/{x}/", {text_value("a/%2e%2e")}), "error unsafe_reference");
    EXPECT_EQ(target("/u/{x}/", {text_value("main/fix..it")}), "/u/main%2Ffix..it/");
    EXPECT_EQ(target("/u/?x={x}", {text_value("../admin")}), "/u/?x=..%2Fadmin");
}

TEST(url_template, an_absent_value_means_no_call_at_all) {
    EXPECT_EQ(target("/u/{x}/", {absent}), "skipped");
    EXPECT_EQ(target("/u/?x={x}", {absent}), "skipped");
    EXPECT_EQ(target("/u/{x}/?y={y}", {text_value("1"), absent}), "skipped");
}

TEST(url_template, a_whole_pair_can_be_left_out_when_absent) {
    url_template made = parsed_template("/jobs/?project={id}&status={status}&page={page}");
    made.drop_pair_when_absent(1);
    EXPECT_EQ(expand(made, {text_value("7"), absent, text_value("1")})->target, "/jobs/?project=7&page=1");
    EXPECT_EQ(expand(made, {text_value("7"), text_value("on"), text_value("1")})->target,
              "/jobs/?project=7&status=on&page=1");
    EXPECT_TRUE(expand(made, {absent, text_value("on"), text_value("1")})->skipped);

    url_template only = parsed_template("/jobs/?status={status}");
    only.drop_pair_when_absent(0);
    EXPECT_EQ(expand(only, {absent})->target, "/jobs/");
}

TEST(url_template, an_object_or_a_list_has_no_place) {
    EXPECT_EQ(target("/u/{x}/", {container}), "error wrong_type");
    EXPECT_EQ(target("/u/{x}/?y={y}", {absent, container}), "error wrong_type");
}

struct refused {
    std::string_view text;
    std::size_t offset;
    std::string_view what;
};

TEST(url_template, refuses_what_could_leave_the_upstream_and_says_where) {
    for (const refused& each : {
             refused{"", 0, "begins with"},          refused{"api/", 0, "begins with"},
             refused{"{x}/api", 0, "begins with"},   refused{"http://evil/", 0, "scheme and host"},
             refused{"//evil/", 0, "another host"},  refused{"/a/../b", 3, "dot segment"},
             refused{"/a/%2E%2e", 3, "dot segment"}, refused{"/./a", 1, "dot segment"},
             refused{"/a#b", 2, "fragment"},         refused{"/a b", 2, "as it is"},
             refused{"/a\tb", 2, "as it is"},        refused{"/a\\b", 2, "as it is"},
             refused{"/\xc3\xa9", 1, "as it is"},    refused{"/a%2", 2, "hex digits"},
             refused{"/a%zz", 2, "hex digits"},      refused{"/a/{id", 3, "without `}`"},
             refused{"/a/{i{d}", 3, "without `}`"},  refused{"/a/}", 3, "without `{`"},
             refused{"/a/{}", 3, "names nothing"},
         }) {
        const auto made = url_template::parse(each.text);
        ASSERT_FALSE(made.has_value()) << each.text;
        EXPECT_EQ(made.error().offset, each.offset) << each.text;
        EXPECT_NE(made.error().what.find(each.what), std::string::npos) << each.text << ": " << made.error().what;
        EXPECT_FALSE(made.error().mend.empty()) << each.text;
    }
}

}  // namespace
}  // namespace nearside::aggregators
