#include "aggregators/tag_texts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace nearside::aggregators {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(tag_texts_test, what_has_a_text_is_told_once_and_in_order) {
    const std::vector<json_value> values = {{json_kind::string, R"("b")"}, {json_kind::number, "7"},
                                            {json_kind::string, R"("b")"}, {json_kind::boolean, "true"},
                                            {json_kind::null, "null"},     {json_kind::object, "{}"}};
    const tag_texts found = tag_texts_of(values, 10);
    EXPECT_THAT(found.texts, ElementsAre("7", "b", "true"));
    EXPECT_EQ(found.left_out, 0u);
}

TEST(tag_texts_test, what_is_over_the_limit_is_counted_but_what_is_told_already_is_not) {
    const std::vector<json_value> values = {
        {json_kind::number, "1"}, {json_kind::number, "2"}, {json_kind::number, "1"}, {json_kind::number, "3"}};
    const tag_texts found = tag_texts_of(values, 2);
    EXPECT_THAT(found.texts, ElementsAre("1", "2"));
    EXPECT_EQ(found.left_out, 1u);
}

TEST(tag_texts_test, every_tag_grows_by_every_text) {
    EXPECT_THAT(grown_tags({"a:", "b:"}, {"1", "2"}), ElementsAre("a:1", "a:2", "b:1", "b:2"));
    EXPECT_THAT(grown_tags({"a:"}, {}), IsEmpty());
}

}  // namespace
}  // namespace nearside::aggregators
