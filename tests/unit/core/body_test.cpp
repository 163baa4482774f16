#include "core/body.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>

namespace nearside {
namespace {

bool padded_with_zeros(const buffer& of) {
    return std::all_of(of.data() + of.size(), of.data() + of.size() + buffer::padding,
                       [](char byte) { return byte == '\0'; });
}

TEST(buffer, holds_a_copy_followed_by_readable_zeros) {
    std::string text = "{\"id\":1}";
    const buffer copy = buffer::copy_of(text);
    text.assign("changed!");
    EXPECT_EQ(copy.view(), "{\"id\":1}");
    EXPECT_TRUE(padded_with_zeros(copy));
}

TEST(buffer, of_nothing_is_empty_and_still_padded) {
    const buffer nothing = buffer::copy_of("");
    EXPECT_EQ(nothing.size(), 0U);
    EXPECT_TRUE(padded_with_zeros(nothing));
}

TEST(buffer, never_made_is_empty) {
    const buffer none;
    EXPECT_EQ(none.view(), "");
    EXPECT_EQ(none.owner(), nullptr);
}

TEST(buffer_writer, keeps_what_was_written_while_it_grows) {
    buffer_writer writer;
    std::string expected;
    for (int at = 0; at < 5000; ++at) {
        const std::string part = std::to_string(at) + ",";
        writer.append(part);
        expected += part;
    }
    EXPECT_EQ(writer.size(), expected.size());
    EXPECT_EQ(writer.view(), expected);
    const buffer done = writer.finish();
    EXPECT_EQ(done.view(), expected);
    EXPECT_TRUE(padded_with_zeros(done));
}

TEST(buffer_writer, prepared_room_counts_only_as_far_as_committed) {
    buffer_writer writer(4);
    char* room = writer.prepare(100);
    std::fill_n(room, 100, 'x');
    writer.commit(3);
    writer.append("yz");
    EXPECT_EQ(writer.finish().view(), "xxxyz");
}

TEST(buffer_writer, of_the_expected_size_hands_over_without_copying) {
    buffer_writer writer(1000);
    writer.append(std::string(1000, 'a'));
    const char* written = writer.view().data();
    EXPECT_EQ(writer.finish().data(), written);
}

TEST(buffer_writer, gives_back_what_it_reserved_too_much) {
    buffer_writer writer(1'000'000);
    writer.append("small");
    const char* written = writer.view().data();
    const buffer done = writer.finish();
    EXPECT_NE(done.data(), written);
    EXPECT_EQ(done.view(), "small");
    EXPECT_TRUE(padded_with_zeros(done));
}

TEST(buffer_writer, is_empty_and_usable_again_after_finishing) {
    buffer_writer writer;
    writer.append("first");
    const buffer first = writer.finish();
    EXPECT_EQ(writer.size(), 0U);
    writer.append("second");
    EXPECT_EQ(writer.finish().view(), "second");
    EXPECT_EQ(first.view(), "first");
}

TEST(body, of_a_buffer_shares_its_bytes) {
    const buffer document = buffer::copy_of("[1,2]");
    const body whole(document);
    ASSERT_EQ(whole.slices().size(), 1U);
    EXPECT_EQ(whole.slices()[0].bytes.data(), document.data());
    EXPECT_EQ(whole.size(), 5U);
}

TEST(body, of_text_keeps_it_alive) {
    body copy;
    {
        const body original(std::string(100, 'q'));
        copy = original;
    }
    EXPECT_EQ(copy.to_string(), std::string(100, 'q'));
}

TEST(body, spliced_of_slices_drops_empty_ones_and_counts_the_rest) {
    const buffer left = buffer::copy_of("{\"a\":");
    const body spliced(std::vector<slice>{{left.owner(), left.view()}, {nullptr, ""}, {nullptr, "null}"}});
    EXPECT_EQ(spliced.slices().size(), 2U);
    EXPECT_EQ(spliced.size(), 10U);
    EXPECT_EQ(spliced.to_string(), "{\"a\":null}");
}

TEST(body, of_nothing_has_no_slices) {
    EXPECT_TRUE(body(std::string()).slices().empty());
    EXPECT_TRUE(body(buffer()).slices().empty());
    EXPECT_TRUE(body().empty());
}

TEST(body, counts_the_memory_that_it_keeps) {
    EXPECT_EQ(body().memory(), 0U);
    const body one(buffer::copy_of(std::string(1'000, 'x')));
    EXPECT_GE(one.memory(), 1'000U + buffer::padding);
    EXPECT_LE(one.memory(), 1'200U);
    const buffer document = buffer::copy_of(std::string(100'000, 'x'));
    const std::vector<slice> parts = {{document.owner(), document.view().substr(0, 10)},
                                      {document.owner(), document.view().substr(50, 10)}};
    EXPECT_LT(body(parts).memory(), 300U);
    EXPECT_GE(body(parts, 99'980).memory(), 100'000U);
}

TEST(body, of_static_text_keeps_nothing) {
    EXPECT_EQ(body(std::vector<slice>{{nullptr, "null"}}).memory(), 0U);
}

}  // namespace
}  // namespace nearside
