#include "cache/vary.h"

#include "tests/support/fields.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <vector>

namespace nearside::cache {
namespace {

using nearside::testing::fields;

// The key of a request under `Vary: <names>`.
std::string key_of(std::string_view names, std::initializer_list<header_fields::field> request) {
    return variant_key("route:api;uri=%2F", parse_vary(fields({{"Vary", names}})), fields(request));
}

TEST(vary, names_are_read_of_all_lines_sorted_in_lower_case_and_once) {
    const vary_spec spec = parse_vary(fields({{"Vary", "Foo, bar,,"}, {"Age", "1"}, {"vary", "FOO, Accept-Encoding"}}));
    EXPECT_EQ(spec.names, (std::vector<std::string>{"accept-encoding", "bar", "foo"}));
    EXPECT_FALSE(spec.everything);
    EXPECT_FALSE(parse_vary(fields({})).depends());
    EXPECT_EQ(parse_vary(fields({{"Vary", "Accept-Encoding"}}), accept_encoding::left_out), vary_spec{});
}

TEST(vary, a_star_anywhere_means_everything) {
    for (const std::string_view value : {"*", "*, *", ", *", "*, Foo", "Foo, *"}) {
        EXPECT_TRUE(parse_vary(fields({{"Vary", value}})).everything) << value;
    }
    EXPECT_TRUE(parse_vary(fields({{"Vary", ""}, {"Vary", "*"}})).everything);
    EXPECT_TRUE(parse_vary(fields({{"Vary", "*"}, {"Vary", "Foo"}})).everything);
}

TEST(vary, more_names_than_anybody_needs_mean_everything) {
    std::string many = "n0";
    for (std::size_t at = 1; at < most_vary_names; ++at)
        many += ",n" + std::to_string(at);
    EXPECT_FALSE(parse_vary(fields({{"Vary", many}})).everything);
    EXPECT_TRUE(parse_vary(fields({{"Vary", many + ",more"}})).everything);
}

TEST(vary, a_request_matches_in_every_selecting_field_or_not_at_all) {
    EXPECT_EQ(key_of("Foo", {{"Foo", "1"}, {"Other", "2"}}), key_of("foo", {{"Other", "3"}, {"FOO", "1"}}));
    EXPECT_NE(key_of("Foo", {{"Foo", "1"}}), key_of("Foo", {{"Foo", "2"}}));
    EXPECT_NE(key_of("Foo", {{"Foo", "1"}}), key_of("Foo", {}));
    EXPECT_NE(key_of("Foo", {{"Foo", ""}}), key_of("Foo", {})) << "absent is not empty";
    EXPECT_NE(key_of("Foo, Bar, Baz", {{"Foo", "1"}, {"Bar", "abc"}, {"Baz", "789"}}),
              key_of("Foo, Bar, Baz", {{"Foo", "1"}, {"Baz", "789"}, {"Bar", "abcde"}}));
    EXPECT_EQ(key_of("Foo, Bar", {{"Foo", "1"}}), key_of("Bar, Foo", {{"Foo", "1"}}));
}

TEST(vary, no_value_can_be_crafted_into_another_field_or_key) {
    EXPECT_NE(key_of("a, b", {{"a", "1;b=2"}}), key_of("a, b", {{"a", "1"}, {"b", "2"}}));
    EXPECT_NE(key_of("a, b", {{"a", "1"}, {"b", "!"}}), key_of("a, b", {{"a", "1"}}));
    EXPECT_NE(key_of("a", {{"a", "%31"}}), key_of("a", {{"a", "1"}}));
    EXPECT_NE(key_of("a", {{"a", "x=1"}}), key_of("a=x", {{"a=x", "1"}}));
    EXPECT_NE(key_of("", {}), "route:api;uri=%2F") << "a variant never stands where the primary does";
}

TEST(vary, lines_are_joined_and_spaces_around_commas_dropped) {
    EXPECT_EQ(key_of("Foo", {{"Foo", "1, 2"}}), key_of("Foo", {{"Foo", "1"}, {"Foo", "2"}}));
    EXPECT_EQ(key_of("Foo", {{"Foo", "1,2"}}), key_of("Foo", {{"Foo", " 1, 2 "}}));
    EXPECT_NE(key_of("Foo", {{"Foo", "\"1, 2\""}}), key_of("Foo", {{"Foo", "\"1,2\""}})) << "not in a quoted string";
    EXPECT_NE(key_of("Foo", {{"Foo", "1,2"}}), key_of("Foo", {{"Foo", "2,1"}})) << "order may mean something";
    EXPECT_NE(key_of("Foo", {{"Foo", "a"}}), key_of("Foo", {{"Foo", "A"}}));
    EXPECT_NE(key_of("User-Agent", {{"User-Agent", "a (b, c)"}}), key_of("User-Agent", {{"User-Agent", "a (b,c)"}}));
}

TEST(vary, languages_compare_without_case_space_and_the_order_of_equals) {
    const auto language = [](std::string_view value) { return normalised_selector("accept-language", value); };
    EXPECT_EQ(language("en, de"), language("de, en"));
    EXPECT_EQ(language("en, de"), language(" eN ,   De"));
    EXPECT_EQ(language("en;q=1.0, de;q=0.50"), language("de;q=0.5,en"));
    EXPECT_NE(language("en, de;q=0.5"), language("de, en;q=0.5"));
    EXPECT_NE(language("en"), language("en, *;q=0"));
    EXPECT_NE(language("en;q=500"), language("en;q=0.5")) << "what is malformed is itself";
    EXPECT_NE(language("en;q=2"), language("en"));
}

TEST(vary, codings_and_media_types_do_too) {
    EXPECT_EQ(normalised_selector("accept-encoding", "gzip, BR"), normalised_selector("accept-encoding", "br,gzip"));
    const auto media = [](std::string_view value) { return normalised_selector("accept", value); };
    EXPECT_EQ(media("text/html, application/json;q=0.9"), media("Application/JSON; q=0.9, text/HTML"));
    EXPECT_EQ(media("text/html;level=1"), media("text/html; LEVEL=1"));
    EXPECT_NE(media("text/html;level=1"), media("text/html"));
    EXPECT_NE(media("text/html;v=A"), media("text/html;v=a"));
    EXPECT_NE(media("text/html;q=0.5;x=1"), media("text/html;q=0.5"));
}

TEST(vary, secrets_and_long_values_are_digests) {
    const std::string key = key_of("Cookie, Foo", {{"Cookie", "session=topsecret"}, {"Foo", std::string(5'000, 'x')}});
    EXPECT_EQ(key.find("topsecret"), std::string::npos);
    EXPECT_LT(key.size(), 200U);
    EXPECT_NE(key, key_of("Cookie, Foo", {{"Cookie", "session=other"}, {"Foo", std::string(5'000, 'x')}}));
    EXPECT_NE(key_of("Cookie", {{"Cookie", ""}}), key_of("Cookie", {}));
}

}  // namespace
}  // namespace nearside::cache
