#include "proxy/content_coding.h"

#include "tests/support/encode.h"

#include <gtest/gtest.h>

namespace nearside::proxy {
namespace {

using namespace testing::encode;  // NOLINT(google-build-using-namespace): one word a coding
constexpr std::uint64_t size_limit = 64 * 1024 * 1024;

std::string decoded_text(std::string_view codings, const std::string& coded, std::uint64_t most = size_limit) {
    const auto got = decode_content(codings, buffer::copy_of(coded), most);
    return got ? std::string(got->view()) : std::string(to_string(got.error().code));
}

std::string long_document() {
    std::string text = "[";
    for (int number = 0; number < 20'000; ++number)
        text += std::to_string(number * 7919) + ",";
    return text + "0]";
}

TEST(content_coding_test, each_coding_gives_the_document_back_followed_by_zeros) {
    const std::string text = long_document();
    EXPECT_EQ(decoded_text("gzip", gzip(text)), text);
    EXPECT_EQ(decoded_text("x-gzip", gzip(text)), text);
    EXPECT_EQ(decoded_text("deflate", zlib(text)), text);
    EXPECT_EQ(decoded_text("deflate", raw_deflate(text)), text);
    EXPECT_EQ(decoded_text("br", brotli(text)), text);
    EXPECT_EQ(decoded_text("zstd", zstd(text)), text);
    const auto got = decode_content("gzip", buffer::copy_of(gzip(text)), size_limit);
    ASSERT_TRUE(got);
    for (std::size_t at = 0; at < buffer::padding; ++at)
        EXPECT_EQ(got->data()[got->size() + at], '\0');
}

TEST(content_coding_test, no_coding_and_identity_leave_the_bytes) {
    EXPECT_EQ(decoded_text("", "{}"), "{}");
    EXPECT_EQ(decoded_text("Identity", "{}"), "{}");
}

TEST(content_coding_test, codings_are_taken_off_in_the_reverse_order) {
    EXPECT_EQ(decoded_text("gzip, br", brotli(gzip("hello"))), "hello");
    EXPECT_EQ(decoded_text("gzip,gzip,gzip,gzip", gzip(gzip(gzip(gzip("hello"))))), "bad_content_coding");
}

TEST(content_coding_test, a_gzip_body_may_have_several_members) {
    EXPECT_EQ(decoded_text("gzip", gzip("one ") + gzip("two")), "one two");
}

TEST(content_coding_test, empty_documents_and_empty_bodies) {
    EXPECT_EQ(decoded_text("gzip", gzip("")), "");
    EXPECT_EQ(decoded_text("br", brotli("")), "");
    EXPECT_EQ(decoded_text("zstd", zstd("")), "");
    EXPECT_EQ(decoded_text("gzip", ""), "");
}

TEST(content_coding_test, truncated_corrupt_and_unknown_bodies_are_refused) {
    const std::string text = long_document();
    for (const auto& [name, coded] : std::vector<std::pair<std::string, std::string>>{
             {"gzip", gzip(text)}, {"deflate", zlib(text)}, {"br", brotli(text)}, {"zstd", zstd(text)}}) {
        EXPECT_EQ(decoded_text(name, coded.substr(0, coded.size() - 1)), "bad_content_coding") << name;
        EXPECT_EQ(decoded_text(name, coded.substr(0, coded.size() / 2)), "bad_content_coding") << name;
        EXPECT_EQ(decoded_text(name, coded + "more"), "bad_content_coding") << name;
        EXPECT_EQ(decoded_text(name, "{\"not\": \"coded\"}"), "bad_content_coding") << name;
    }
    std::string flipped = gzip(text);
    flipped[flipped.size() / 2] = static_cast<char>(flipped[flipped.size() / 2] ^ 0x55);
    EXPECT_EQ(decoded_text("gzip", flipped), "bad_content_coding");
    EXPECT_EQ(decoded_text("snappy", "{}"), "bad_content_coding");
}

TEST(content_coding_test, a_bomb_is_stopped_at_the_limit) {
    const std::string zeros(8 * 1024 * 1024, '0');
    for (const auto& [name, coded] : std::vector<std::pair<std::string, std::string>>{
             {"gzip", gzip(zeros)}, {"deflate", zlib(zeros)}, {"br", brotli(zeros)}, {"zstd", zstd(zeros)}}) {
        EXPECT_LT(coded.size(), 64 * 1024u) << name;
        EXPECT_EQ(decoded_text(name, coded, 1024 * 1024), "response_too_large") << name;
        EXPECT_EQ(decoded_text(name, coded, zeros.size() - 1), "response_too_large") << name;
        EXPECT_EQ(decoded_text(name, coded, zeros.size()), zeros) << name;
    }
}

}  // namespace
}  // namespace nearside::proxy
