#include "core/content_hash.h"

#include <gtest/gtest.h>

#include <string>

namespace nearside {
namespace {

TEST(content_hash_test, the_same_bytes_have_the_same_hash_and_others_another) {
    const std::string left = R"({"id":1})", right = R"({"id":2})";
    EXPECT_EQ(content_hash(left), content_hash(std::string(left)));
    EXPECT_NE(content_hash(left), content_hash(right));
}

TEST(content_hash_test, it_is_the_same_on_every_node) {
    // The published XXH3-64 of no bytes.
    EXPECT_EQ(content_hash({}), 0x2D06800538D394C2ull);
}

TEST(content_hash_test, each_bit_of_a_large_document_counts) {
    std::string document(300'000, 'x');
    const std::uint64_t before = content_hash(document);
    document[299'999] = 'y';
    EXPECT_NE(content_hash(document), before);
}

}  // namespace
}  // namespace nearside
