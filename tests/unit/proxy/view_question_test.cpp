#include "proxy/view_question.h"

#include <gtest/gtest.h>

namespace nearside::proxy {
namespace {

struct asking : testing::Test {
    asking() {
        of->name = "board";
        of->path_parameters = {"id"};
        of->query = {{"page", {}, "1"}, {"status", {}, std::nullopt}};
        of->forwarded = {"accept-language", "authorization"};
        request.method = "GET";
        request.target = "/views/projects/7";
        request.fields.append("Authorization", "Token a");
    }
    view_question question() const {
        const std::vector<std::string> captures = {"7"};
        auto target = std::make_shared<const view_target>(*understand_target(of, captures, request.query()));
        return understand(std::move(target), request);
    }
    std::string key() const { return question().key; }
    std::shared_ptr<view> of = std::make_shared<view>();
    request_head request;
};

TEST_F(asking, what_does_not_count_as_input_does_not_change_the_key) {
    const std::string plain = key();
    request.target = "/views/projects/7?utm=x&page=1";
    request.fields.append("Cookie", "session=1");
    EXPECT_EQ(key(), plain);
}

TEST_F(asking, every_input_and_every_forwarded_header_changes_the_key) {
    const std::string plain = key();
    request.target = "/views/projects/7?status=";
    const std::string with_empty_status = key();
    EXPECT_NE(with_empty_status, plain);
    request.target = "/views/projects/7";
    request.fields.append("Accept-Language", "ko");
    EXPECT_NE(key(), plain);
}

TEST_F(asking, two_principals_have_two_keys_and_no_secret_is_in_either) {
    const std::string of_a = key();
    request.fields.set("Authorization", "Token b");
    EXPECT_NE(key(), of_a);
    EXPECT_EQ(of_a.find("Token"), std::string::npos);
    request.fields.erase("Authorization");
    EXPECT_EQ(key().find("~user"), std::string::npos);
}

TEST_F(asking, pragma_counts_only_without_cache_control) {
    EXPECT_FALSE(question().asked.no_cache);
    request.fields.append("Pragma", "no-cache");
    EXPECT_TRUE(question().asked.no_cache);
    request.fields.append("Cache-Control", "max-age=3");
    EXPECT_FALSE(question().asked.no_cache);
    EXPECT_EQ(question().asked.max_age, cache::seconds{3});
}

}  // namespace
}  // namespace nearside::proxy
