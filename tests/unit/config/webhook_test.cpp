#include "tests/unit/config/support.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace nearside::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(webhook_settings, path_and_secret_are_enough) {
    const load_outcome loaded =
        load_text("f", std::string("webhooks: [{path: /hooks/api, secret: 0123456789abcdef}]\n") + some_upstream,
                  environment_of({}));
    EXPECT_THAT(lines_of(loaded.complaints), IsEmpty());
    ASSERT_EQ(loaded.value.webhooks.size(), 1u);
    EXPECT_EQ(loaded.value.webhooks[0].path, "/hooks/api");
    EXPECT_EQ(loaded.value.webhooks[0].secret, "0123456789abcdef");
    EXPECT_EQ(loaded.value.webhooks[0].tolerance, milliseconds{300'000});
    EXPECT_EQ(loaded.value.webhooks[0].body, 64u * 1024);
}

TEST(webhook_settings, what_is_wrong_is_complained_about_without_the_secret) {
    const auto complaints = complaints_about(std::string("webhooks:\n"
                                                         "  - {path: \"/hooks/{id}\", secret: hush}\n"
                                                         "  - {secret: 0123456789abcdef, tolerance: 1ms}\n"
                                                         "  - {path: /b}\n") +
                                             some_upstream);
    EXPECT_THAT(complaints, ElementsAre(HasSubstr("is no path of a webhook"), HasSubstr("too short"),
                                        HasSubstr("`path`"), HasSubstr("`tolerance`"), HasSubstr("`secret`")));
    for (const std::string& each : complaints)
        EXPECT_EQ(each.find("hush"), std::string::npos) << each;
}

TEST(webhook_settings, two_of_one_path_are_refused) {
    EXPECT_THAT(complaints_about(std::string("webhooks:\n"
                                             "  - {path: /a, secret: 0123456789abcdef}\n"
                                             "  - {path: /a, secret: 0123456789abcdef}\n") +
                                 some_upstream),
                ElementsAre(HasSubstr("there is a webhook at `/a` already")));
}

}  // namespace
}  // namespace nearside::config
