#include "cache/structured_field.h"

#include <gtest/gtest.h>

#include <string>

namespace nearside::cache {
namespace {

template <class Type>
Type value_of(std::string_view text) {
    const auto item = parse_sf_item(text);
    EXPECT_TRUE(item) << text;
    const Type* value = item ? std::get_if<Type>(&item->value) : nullptr;
    EXPECT_NE(value, nullptr) << text;
    return value != nullptr ? *value : Type{};
}

bool is_refused(std::string_view text) {
    return !parse_sf_item(text);
}

TEST(structured_field, integers_have_fifteen_digits_at_most) {
    EXPECT_EQ(value_of<std::int64_t>("42"), 42);
    EXPECT_EQ(value_of<std::int64_t>("-0"), 0);
    EXPECT_EQ(value_of<std::int64_t>("  007  "), 7);
    EXPECT_EQ(value_of<std::int64_t>("-999999999999999"), -999'999'999'999'999);
    EXPECT_TRUE(is_refused("1000000000000000"));
    EXPECT_TRUE(is_refused("-"));
    EXPECT_TRUE(is_refused("--1"));
    EXPECT_TRUE(is_refused("+1"));
    EXPECT_TRUE(is_refused("1 2"));
}

TEST(structured_field, decimals_have_twelve_digits_before_and_three_behind_the_point) {
    EXPECT_EQ(value_of<sf_decimal>("1.5").thousandths, 1500);
    EXPECT_EQ(value_of<sf_decimal>("-0.125").thousandths, -125);
    EXPECT_EQ(value_of<sf_decimal>("999999999999.999").thousandths, 999'999'999'999'999);
    EXPECT_TRUE(is_refused("1."));
    EXPECT_TRUE(is_refused(".5"));
    EXPECT_TRUE(is_refused("1.0000"));
    EXPECT_TRUE(is_refused("1000000000000.0"));
}

TEST(structured_field, strings_are_printable_ascii_with_two_escapes) {
    EXPECT_EQ(value_of<std::string>(R"("a \"b\" \\")"), R"(a "b" \)");
    EXPECT_EQ(value_of<std::string>(R"("")"), "");
    EXPECT_TRUE(is_refused(R"("open)"));
    EXPECT_TRUE(is_refused(R"("\n")"));
    EXPECT_TRUE(is_refused(R"("\)"));
    EXPECT_TRUE(is_refused("\"t\tab\""));
    EXPECT_TRUE(is_refused("\"\xc3\xbc\""));
    EXPECT_TRUE(is_refused("'single'"));
}

TEST(structured_field, tokens_begin_with_a_letter_or_a_star) {
    EXPECT_EQ(value_of<sf_token>("text/html:x").text, "text/html:x");
    EXPECT_EQ(value_of<sf_token>("*foo").text, "*foo");
    EXPECT_TRUE(is_refused("&&&"));
    EXPECT_TRUE(is_refused("a,b"));
}

TEST(structured_field, byte_sequences_are_base64) {
    EXPECT_EQ(value_of<sf_bytes>(":aGVsbG8=:").bytes, "hello");
    EXPECT_EQ(value_of<sf_bytes>(":aGVsbG8:").bytes, "hello");
    EXPECT_EQ(value_of<sf_bytes>("::").bytes, "");
    EXPECT_TRUE(is_refused(":aGVsbG8="));
    EXPECT_TRUE(is_refused(":a:"));
    EXPECT_TRUE(is_refused(":aGV=sbG8:"));
    EXPECT_TRUE(is_refused(":aGVsbG8==:"));
    EXPECT_TRUE(is_refused(":_-:"));
}

TEST(structured_field, booleans_dates_and_display_strings) {
    EXPECT_TRUE(value_of<bool>("?1"));
    EXPECT_FALSE(value_of<bool>("?0"));
    EXPECT_TRUE(is_refused("?true"));
    EXPECT_EQ(value_of<sf_date>("@1659578233").seconds, 1'659'578'233);
    EXPECT_EQ(value_of<sf_date>("@-1").seconds, -1);
    EXPECT_TRUE(is_refused("@1.5"));
    EXPECT_TRUE(is_refused("@\"1\""));
    EXPECT_EQ(value_of<sf_display_string>("%\"f%c3%bc\"").text, "f\xc3\xbc");
    EXPECT_TRUE(is_refused("%\"%C3%BC\"")) << "escapes are lower case";
    EXPECT_TRUE(is_refused("%\"%c3\"")) << "half a character";
}

TEST(structured_field, parameters_follow_an_item_and_the_last_of_a_name_counts) {
    const auto item = parse_sf_item("a;b;c=2; d=\"x\";c=3");
    ASSERT_TRUE(item);
    const sf_parameters expected = {{"b", true}, {"c", std::int64_t{3}}, {"d", std::string("x")}};
    EXPECT_EQ(item->parameters, expected);
    EXPECT_TRUE(is_refused("a;B"));
    EXPECT_TRUE(is_refused("a;b="));
    EXPECT_TRUE(is_refused("a ;b"));
}

TEST(structured_field, lists_hold_items_and_inner_lists) {
    const auto list = parse_sf_list("\"a\", b;q=1 ,\t( 1 2;x );y, ()");
    ASSERT_TRUE(list);
    ASSERT_EQ(list->size(), 4U);
    const auto* inner = std::get_if<sf_inner_list>(&(*list)[2]);
    ASSERT_NE(inner, nullptr);
    EXPECT_EQ(inner->items.size(), 2U);
    EXPECT_EQ(inner->parameters.size(), 1U);
    EXPECT_TRUE(parse_sf_list("")->empty());
    EXPECT_TRUE(parse_sf_list("  ")->empty());
    for (const std::string_view wrong : {"a,", ",a", "a,,b", "a b", "(a", "(a,b)", "((a))", "(1\t2)", "a, "}) {
        EXPECT_FALSE(parse_sf_list(wrong)) << wrong;
    }
}

TEST(structured_field, dictionaries_have_lower_case_keys_and_a_key_alone_is_true) {
    const auto read = parse_sf_dictionary("max-age=60, no-store;x, a=(1), max-age=70");
    ASSERT_TRUE(read);
    ASSERT_EQ(read->size(), 3U);
    EXPECT_EQ((*read)[0].first, "max-age");
    EXPECT_EQ((*read)[0].second, (sf_member{sf_item{.value = std::int64_t{70}, .parameters = {}}}));
    EXPECT_EQ((*read)[1].second, (sf_member{sf_item{.value = true, .parameters = {{"x", true}}}}));
    EXPECT_TRUE(parse_sf_dictionary("")->empty());
    for (const std::string_view wrong :
         {"MaX-aGe=1", "max-age =1", "max-age= 1", "a=1,", "a=1, &&&", "1=a", "a=1 b=2", "a=", "a, "}) {
        EXPECT_FALSE(parse_sf_dictionary(wrong)) << wrong;
    }
}

TEST(structured_field, takes_what_a_recipient_must_and_no_more) {
    std::string keys;
    for (std::size_t at = 0; at < most_sf_members; ++at)
        keys += (at == 0 ? "k" : ", k") + std::to_string(at);
    EXPECT_EQ(parse_sf_dictionary(keys)->size(), most_sf_members);
    EXPECT_EQ(parse_sf_list(keys)->size(), most_sf_members);
    EXPECT_FALSE(parse_sf_dictionary(keys + ", more"));
    EXPECT_FALSE(parse_sf_list(keys + ", more"));
    EXPECT_TRUE(parse_sf_dictionary(keys + ", k7=1")) << "one known already takes no room";
}

}  // namespace
}  // namespace nearside::cache
