#include "cache/stored_chunks.h"

#include "tests/support/stored_entries.h"

#include <gtest/gtest.h>

namespace nearside::cache {
namespace {

using testing::plain_entry;

constexpr packed_content packed{
    .how = packing::zstd, .size = 3, .packed_bytes = 2, .checksum = 1, .generation = 9, .chunks = 4};

TEST(stored_chunks_test, a_renewed_entry_with_the_same_content_finds_its_chunks) {
    stored_chunks kept;
    kept.remember(*plain_entry("a", "abc"), packed);
    const auto renewed = plain_entry("a", "abc");
    renewed->born += std::chrono::seconds(5);
    ASSERT_TRUE(kept.find(*renewed));
    EXPECT_EQ(kept.find(*renewed)->generation, 9U);
}

TEST(stored_chunks_test, another_content_finds_none) {
    stored_chunks kept;
    kept.remember(*plain_entry("a", "abc"), packed);
    const auto came_later = plain_entry("a", "abc");
    came_later->content_since += std::chrono::microseconds(1);
    const auto otherwise_tagged = plain_entry("a", "abc");
    response_head head;
    head.fields.append("ETag", "\"v2\"");
    otherwise_tagged->head = prepared_head(head);
    EXPECT_FALSE(kept.find(*came_later));
    EXPECT_FALSE(kept.find(*otherwise_tagged));
    EXPECT_FALSE(kept.find(*plain_entry("a", "abcd")));
    EXPECT_FALSE(kept.find(*plain_entry("b", "abc")));
}

TEST(stored_chunks_test, without_a_tag_nothing_is_known_of_a_content) {
    stored_chunks kept;
    const auto untagged = plain_entry("a", "abc");
    untagged->head = {};
    kept.remember(*untagged, packed);
    EXPECT_FALSE(kept.find(*untagged));
    EXPECT_EQ(kept.size(), 0U);
}

TEST(stored_chunks_test, the_oldest_are_forgotten) {
    stored_chunks kept;
    for (std::size_t each = 0; each <= stored_chunks::most; ++each)
        kept.remember(*plain_entry(std::to_string(each), "abc"), packed);
    EXPECT_EQ(kept.size(), stored_chunks::most);
    EXPECT_FALSE(kept.find(*plain_entry("0", "abc")));
    EXPECT_TRUE(kept.find(*plain_entry("1", "abc")));
    kept.forget("1");
    kept.forget("1");
    EXPECT_FALSE(kept.find(*plain_entry("1", "abc")));
}

}  // namespace
}  // namespace nearside::cache
