#include "proxy/content_encoder.h"

#include "proxy/content_coding.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace nearside::proxy {
namespace {

using cache::coding;

std::string rows(int count) {
    std::string text = "[";
    for (int row = 0; row < count; ++row)
        text += "{\"id\":" + std::to_string(row) + ",\"status\":\"running\"},";
    return text + "null]";
}

class every_coding : public ::testing::TestWithParam<coding> {};

TEST_P(every_coding, is_decoded_to_what_it_was_made_of) {
    const std::string text = rows(20'000);
    // In slices of all sizes, as a spliced view is.
    std::vector<slice> slices;
    const auto kept = std::make_shared<const std::string>(text);
    for (std::size_t at = 0, size = 1; at < text.size(); at += size, size = size * 2 % 70'001 + 1)
        slices.push_back({kept, std::string_view(*kept).substr(at, size)});
    const auto made = encode_content(GetParam(), body(slices));
    ASSERT_TRUE(made.has_value());
    EXPECT_LT(made->size(), text.size() / 5);
    const auto back = decode_content(to_string(GetParam()), *made, text.size());
    ASSERT_TRUE(back.has_value());
    EXPECT_EQ(back->view(), text);
}

TEST_P(every_coding, gives_up_on_what_does_not_become_smaller) {
    std::string noise;
    std::uint32_t state = 1;
    for (int at = 0; at < 5'000; ++at) {
        state = state * 1'664'525 + 1'013'904'223;
        noise += static_cast<char>(state >> 24);
    }
    EXPECT_FALSE(encode_content(GetParam(), body(noise)).has_value());
}

INSTANTIATE_TEST_SUITE_P(content_encoder_test, every_coding, ::testing::Values(coding::gzip, coding::br, coding::zstd),
                         [](const auto& which) { return std::string(to_string(which.param)); });

}  // namespace
}  // namespace nearside::proxy
