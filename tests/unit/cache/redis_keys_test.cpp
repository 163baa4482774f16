#include "cache/redis_keys.h"

#include <gtest/gtest.h>

namespace nearside::cache {
namespace {

// What Redis Cluster hashes of a key: what stands between the first `{` and the next `}`.
std::string hash_tag(const std::string& key) {
    const std::size_t open = key.find('{'), close = key.find('}', open);
    return key.substr(open + 1, close - open - 1);
}

const redis_keys keys("nearside");

TEST(redis_keys_test, all_of_one_entry_is_in_one_slot) {
    const std::string tag = hash_tag(keys.manifest("view:board;id=7"));
    EXPECT_EQ(tag.size(), 32U);
    EXPECT_EQ(hash_tag(keys.chunk("view:board;id=7", 1, 0)), tag);
    EXPECT_EQ(hash_tag(keys.recipe("view:board;id=7")), tag);
    EXPECT_EQ(hash_tag(keys.lease("view:board;id=7")), tag);
    EXPECT_NE(hash_tag(keys.manifest("view:board;id=8")), tag);
}

TEST(redis_keys_test, kinds_generations_and_numbers_are_told_apart) {
    EXPECT_EQ(keys.manifest("").substr(0, 12), "nearside:e:{");
    EXPECT_EQ(keys.recipe("").substr(0, 12), "nearside:r:{");
    EXPECT_EQ(keys.lease("").substr(0, 12), "nearside:l:{");
    EXPECT_TRUE(keys.chunk("a", 0xabc, 12).ends_with("}:0000000000000abc:12"));
    EXPECT_EQ(keys.schema("board"), "nearside:s:{board}");
}

TEST(redis_keys_test, no_key_of_an_entry_is_seen) {
    EXPECT_EQ(keys.manifest("view:board;~user=5f3a").find("board"), std::string::npos);
}

TEST(redis_keys_test, what_nodes_share_is_in_the_prefixs_slot) {
    EXPECT_EQ(keys.epochs(), "{nearside}:epochs");
    EXPECT_EQ(keys.nodes(), "{nearside}:nodes");
    EXPECT_EQ(keys.invalidations(), "{nearside}:invalidations");
    EXPECT_EQ(keys.channel("landed"), "{nearside}:channel:landed");
    EXPECT_EQ(keys.shared("other"), "{nearside}:other");
}

}  // namespace
}  // namespace nearside::cache
