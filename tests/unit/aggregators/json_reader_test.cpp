#include "aggregators/json_reader.h"

#include "aggregators/json_fault.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace nearside::aggregators {
namespace {

constexpr std::uint32_t depth_limit = 100;

bool fast_reader_takes(json_reader& reader, std::string_view text, std::uint32_t limit = depth_limit) {
    const buffer document = buffer::copy_of(text);
    reader.open(document, limit);
    return reader.skip_value() && reader.at_clean_end();
}

// Both readers agree; says which way.
bool is_json(std::string_view text) {
    json_reader reader;
    const bool fast = fast_reader_takes(reader, text);
    EXPECT_EQ(fast, !find_json_fault(text, depth_limit).has_value()) << text;
    return fast;
}

TEST(json_reader, takes_what_the_grammar_allows) {
    for (const std::string_view text :
         {"0", "-0", "1.5e+10", " [ ] ", "{}", "\"\"", "[[],{},\"\",null,true,false]",
          R"({"a":{"b":[1,-2.0,3e4]},"a":2})", R"("\ud800")", R"("\"\\\/\b\f\n\r\t\u00e9")", "[1 ,\r\n\t2]",
          "12345678901234567890123456789012345678901234567890",
          "-1.0000000000000000000000000000000000000000000000000000000000000000000000000000000001E-400",
          "\"한국어 😀\""})
        EXPECT_TRUE(is_json(text)) << text;
}

TEST(json_reader, refuses_what_it_does_not) {
    for (const std::string_view text : {"",
                                        " ",
                                        "01",
                                        "-",
                                        "+1",
                                        ".5",
                                        "1.",
                                        "1.e3",
                                        "1e",
                                        "1e+",
                                        "1.2.3",
                                        "1e2e3",
                                        "1e2.5",
                                        "--1",
                                        "1-2",
                                        "0x10",
                                        "1a",
                                        "tru",
                                        "truex",
                                        "nul",
                                        "nullx",
                                        "falsee",
                                        "[1,]",
                                        "[,1]",
                                        "[1 2]",
                                        "{\"a\":1,}",
                                        "{\"a\"}",
                                        "{\"a\" 1}",
                                        "{1:2}",
                                        "{a:1}",
                                        "[",
                                        "]",
                                        "{",
                                        "}",
                                        "[}",
                                        "{]",
                                        "\"",
                                        "\"a",
                                        "\"\\\"",
                                        "\"\\x\"",
                                        "\"\\u12\"",
                                        "\"\\u12G4\"",
                                        "\"\t\"",
                                        "\"a\"b",
                                        "\"a\"\"b\"",
                                        "12\"a\"",
                                        "null\"a\"",
                                        "1 1",
                                        "{} {}",
                                        "\\",
                                        "[1]x",
                                        "\x01",
                                        "[\v1]",
                                        "'a'",
                                        "NaN",
                                        "[-]",
                                        "\xff",
                                        "\"\xc0\xaf\"",
                                        "\"\xed\xa0\x80\"",
                                        "\"\xe4\xbd\"",
                                        "[\"\xe4\xbd\xa0\"]\xe4",
                                        "-a",
                                        "1,2",
                                        ":",
                                        ","})
        EXPECT_FALSE(is_json(text)) << text;
    EXPECT_FALSE(is_json(std::string_view("\0", 1)));
    EXPECT_FALSE(is_json(std::string_view("1\0", 2)));
}

// Whatever stands where, a block of 64 bytes or a window must not make a difference.
TEST(json_reader, judges_the_same_at_every_offset) {
    for (const std::string_view part :
         {"-1.25e-10",       "-1.2.5",      "0",      "01",           "1e5",          "1e",   "1.",    "-",
          "\"\\u00e9\\\\\"", "\"\\u00g9\"", "\"한\"", "\"\xed\x95\"", "\"\\\\\\\"\"", "true", "trueq", "12\"a\"",
          "\"a\"1",          "[[],{}]",     "100",    "1e00",         "10.010",       "-0",   "-01"}) {
        for (std::size_t before = 0; before < 150; ++before) {
            const std::string item(part);
            is_json(std::string(before, ' ') + item);
            is_json("[\"" + std::string(before, 'x') + "\"," + item + "]");
            is_json("[" + std::string(before, ' ') + item + "," + item + "]");
            is_json("[" + std::string(before, '1') + "," + item + "]");
        }
    }
}

TEST(json_reader, reads_on_over_windows_and_strings_longer_than_one) {
    std::string text = "[";
    for (int number = 0; text.size() < 3 * json_index::window; ++number)
        text += std::to_string(number) + ", \"한\\\"글\",";
    text += "\"" + std::string(2 * json_index::window, 'x') + "한\",";
    text += std::string(2 * json_index::window, ' ') + "{\"a\":[true]}]";
    EXPECT_TRUE(is_json(text));
    for (const std::size_t at : {json_index::window - 1, json_index::window, 2 * json_index::window + 1}) {
        std::string broken = text;
        broken[at] = '\x01';
        EXPECT_FALSE(is_json(broken));
    }
}

TEST(json_reader, refuses_what_is_nested_deeper_than_the_limit) {
    for (const std::uint32_t limit : {1u, 2u, 63u, 64u, 65u, 128u, 200u}) {
        json_reader reader;
        for (const char* const pair : {"[]", "{}"}) {
            const auto nested = [&](std::uint32_t levels) {
                std::string text;
                for (std::uint32_t level = 0; level < levels; ++level)
                    text += pair[0] == '[' ? "[" : level + 1 < levels ? "{\"a\":" : "{";
                return text + std::string(levels, pair[1]);
            };
            EXPECT_TRUE(fast_reader_takes(reader, nested(limit), limit)) << limit;
            EXPECT_FALSE(fast_reader_takes(reader, nested(limit + 1), limit)) << limit;
            EXPECT_EQ(find_json_fault(nested(limit + 1), limit)->code, errc::depth_limit);
        }
    }
}

// Pieces of JSON put together at random, then changed a little: the fast reader and the plain one give one verdict.
TEST(json_reader, agrees_with_the_plain_reader_on_random_texts) {
    constexpr std::string_view pieces[] = {
        "{",    "}",    "[", "]",      ",",     ":",         "\"a\"", "\"\\n\"", "1", "-0.5e3",
        "null", "true", " ", "\n",     "\"",    "\\",        "0",     ".",       "e", "-",
        "한",   "\xe4", "x", "\"b\":", "[1,2]", "{\"c\":3}", "+",     "E",       "9", "false"};
    std::mt19937 random(7);
    int taken = 0;
    for (int round = 0; round < 60'000; ++round) {
        std::string text;
        if (round % 2 == 0) {
            for (std::size_t count = random() % 12; count > 0; --count)
                text += pieces[random() % std::size(pieces)];
        } else {
            text = R"({"id": 12, "x": [1.5e3, -7, "a\u00e9\"b", true], "한": {"n": null, "z": [[]]}, "last": 100.25})";
            for (std::size_t count = 1 + random() % 2; count > 0; --count)
                text.replace(random() % text.size(), random() % 3, pieces[random() % std::size(pieces)]);
            text.insert(0, random() % 70, ' ');
        }
        taken += is_json(text) ? 1 : 0;
        if (::testing::Test::HasFailure()) break;
    }
    EXPECT_GT(taken, 1000);
}

TEST(json_fault, tells_the_byte_at_which_it_shows) {
    EXPECT_EQ(find_json_fault("[1,2,]", 9)->detail, "no value at byte 5");
    EXPECT_EQ(find_json_fault("{\"a\":tru}", 9)->detail, "a word that is not true, false or null at byte 5");
    EXPECT_EQ(find_json_fault("[[[1]]]", 2)->detail, "nested deeper than 2 levels at byte 2");
    EXPECT_EQ(find_json_fault("\"abc", 9)->detail, "a string that does not end at byte 0");
    EXPECT_EQ(find_json_fault("[01]", 9)->detail, "a number that begins with 0 at byte 3");
}

}  // namespace
}  // namespace nearside::aggregators
