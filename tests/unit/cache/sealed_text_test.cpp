#include "cache/sealed_text.h"

#include <gtest/gtest.h>

namespace nearside::cache {
namespace {

TEST(sealed_text_test, a_text_comes_back) {
    EXPECT_EQ(unsealed(sealed("recipe/1", "view:a", "the text"), "recipe/1", "view:a").value(), "the text");
    EXPECT_EQ(unsealed(sealed("recipe/1", "", ""), "recipe/1", "").value(), "");
}

TEST(sealed_text_test, another_kind_and_another_key_are_misses) {
    const std::string bytes = sealed("recipe/1", "view:a", "the text");
    EXPECT_EQ(unsealed(bytes, "recipe/2", "view:a").error(), tier_miss::other_version);
    EXPECT_EQ(unsealed(bytes, "recipe/1", "view:b").error(), tier_miss::other_key);
}

TEST(sealed_text_test, whatever_was_changed_shortened_or_lengthened_is_a_miss) {
    const std::string bytes = sealed("recipe/1", "view:a", "the text");
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        std::string flipped = bytes;
        flipped[at] = static_cast<char>(flipped[at] ^ 4);
        EXPECT_FALSE(unsealed(flipped, "recipe/1", "view:a")) << at;
        EXPECT_FALSE(unsealed(bytes.substr(0, at), "recipe/1", "view:a")) << at;
    }
    EXPECT_EQ(unsealed(bytes + "x", "recipe/1", "view:a").error(), tier_miss::damaged);
    EXPECT_EQ(unsealed("garbage", "recipe/1", "view:a").error(), tier_miss::not_ours);
}

}  // namespace
}  // namespace nearside::cache
