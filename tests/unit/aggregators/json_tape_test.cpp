#include "aggregators/json_tape.h"

#include "aggregators/json_check.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace nearside::aggregators {
namespace {

bool is_read(std::string_view text) {
    json_tape tape;
    const buffer document = buffer::copy_of(text);
    return tape.read(document);
}

std::vector<std::string> children(const json_tape& tape, json_tape::place container) {
    std::vector<std::string> texts;
    json_tape::place at = json_tape::first_child(container);
    for (std::uint32_t left = tape.child_count(container); left != 0; --left) {
        texts.emplace_back(tape.bytes(at));
        at = tape.behind(at);
    }
    EXPECT_EQ(at, tape.behind(container));
    return texts;
}

TEST(json_tape, tells_each_value_without_the_space_around_it) {
    const buffer document = buffer::copy_of("  { \"a\" : [ 1 , {\"b\":[ ]}, \"x\" ] , \"c\":null }\n");
    json_tape tape;
    ASSERT_TRUE(tape.read(document));
    EXPECT_EQ(children(tape, tape.root()),
              (std::vector<std::string>{"\"a\"", "[ 1 , {\"b\":[ ]}, \"x\" ]", "\"c\"", "null"}));
    const json_tape::place list = json_tape::first_child(tape.root()) + 1;
    EXPECT_EQ(children(tape, list), (std::vector<std::string>{"1", "{\"b\":[ ]}", "\"x\""}));
    EXPECT_TRUE(tape.is_container(list));
    EXPECT_EQ(tape.kind(tape.behind(list)), '"');
}

TEST(json_tape, a_document_may_be_a_scalar_or_empty_inside) {
    for (const char* text : {"1", "\"a\"", "null", " [] ", "{}", "[{}]"})
        EXPECT_TRUE(is_read(text)) << text;
}

TEST(json_tape, refuses_what_is_not_json) {
    for (const char* text :
         {"",      " ",     "[",   "]",         "[1,]", "[,1]", "{,}",   "{\"a\"}", "{\"a\":}",          "{\"a\":1,}",
          "{1:2}", "[1 2]", "[1}", "{\"a\":1]", "nul",  "1 1",  "[\"a]", "[1]]",    "{\"a\":1 \"b\":2}", "\"\xff\""})
        EXPECT_FALSE(is_read(text)) << text;
}

TEST(json_tape, depth_costs_no_stack) {
    const std::string open(200'000, '[');
    const std::string close(200'000, ']');
    EXPECT_TRUE(is_read(open + close));
    EXPECT_FALSE(is_read(open));
}

}  // namespace
}  // namespace nearside::aggregators
