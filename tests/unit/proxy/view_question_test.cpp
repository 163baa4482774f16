#include "proxy/view_question.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace nearside::proxy {
namespace {

struct asking : ::testing::Test {
    asking() {
        of->name = "board";
        of->path_parameters = {"id"};
        auto plan = std::make_shared<aggregators::plan>();
        plan->path = "/views/projects/{id}";
        of->plan = std::move(plan);
        of->query = {{"page", {}, "1"}, {"status", {}, std::nullopt}};
        of->forwarded = {"accept-language", "authorization"};
        request.method = "GET";
        request.target = "/views/projects/7";
        request.fields.append("Authorization", "Token a");
    }
    view_question question() const {
        const std::vector<std::string> captures = {"7"};
        auto target = std::make_shared<const view_target>(*understand_target(of, captures, request.query()));
        return *understand(std::move(target), request);
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

TEST_F(asking, is_named_by_the_view_and_its_path_for_whoever_invalidates_it) {
    EXPECT_EQ(question().names().view, "board");
    EXPECT_EQ(question().names().path, "/views/projects/7");
    const std::vector<std::string> captures = {"a b/c"};
    EXPECT_EQ(understand_target(of, captures, "")->path, "/views/projects/a%20b%2Fc");
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

using input_type = config::view_settings::input_type;

TEST_F(asking, typed_parameters_are_brought_to_one_form_or_refused_by_name) {
    of->query = {{"page", {}, "1", input_type::integer}, {"flag", {}, std::nullopt, input_type::boolean}};
    of->query[0].min = 1;
    of->query[0].max = 1000;
    const std::string plain = key();
    request.target = "/views/projects/7?page=001";
    EXPECT_EQ(key(), plain);
    const auto fault = [&](std::string_view query) {
        const std::vector<std::string> captures = {"7"};
        const auto target = understand_target(of, captures, query);
        return target ? std::string("none") : std::string(target.error().detail);
    };
    EXPECT_EQ(fault("page=0"), "parameter \"page\" must be a whole number from 1 to 1000");
    EXPECT_EQ(fault("page=x"), fault("page=1001"));
    EXPECT_EQ(fault("page="), fault("page=1.5"));
    EXPECT_EQ(fault("flag=maybe"), "parameter \"flag\" must be true or false");
    EXPECT_EQ(fault("flag=1"), "none");
    of->query[0].required = true;
    EXPECT_EQ(fault("flag=1"), "parameter \"page\" is required");
    of->query = {{"status", {}, std::nullopt}};
    of->query[0].choices = {"a", "b"};
    EXPECT_EQ(fault("status=c"), "parameter \"status\" must be one of a, b");
    EXPECT_EQ(fault("status=b"), "none");
}

TEST_F(asking, headers_and_claims_are_inputs_and_part_of_the_key) {
    of->headers = {{"locale", {}, "en"}};
    of->headers[0].source = "x-locale";
    of->claims = {{"uid", {}, std::nullopt}, {"role", {}, std::nullopt}};
    of->claims[0].source = "sub";
    of->claims[1].source = "realm.roles[0]";
    EXPECT_EQ(question().target->inputs.at("locale"), "en");
    EXPECT_FALSE(question().target->inputs.contains("uid")) << "the header holds no token";
    const std::string plain = key();
    request.fields.append("X-Locale", "ko");
    EXPECT_EQ(question().target->inputs.at("locale"), "ko");
    EXPECT_EQ(question().target->inputs.at("id"), "7");
    EXPECT_NE(key(), plain);
    // {"sub":"u-7","realm":{"roles":["admin"]}}
    request.fields.set("Authorization", "Bearer e30.eyJzdWIiOiJ1LTciLCJyZWFsbSI6eyJyb2xlcyI6WyJhZG1pbiJdfX0.c2ln");
    EXPECT_EQ(question().target->inputs.at("uid"), "u-7");
    EXPECT_EQ(question().target->inputs.at("role"), "admin");
    for (const char* const odd :
         {"Bearer", "Bearer x", "Bearer a.b", "Bearer a.!.c", "Bearer e30.e30.x.y", "Basic e30.e30.x"}) {
        request.fields.set("Authorization", odd);
        EXPECT_FALSE(question().target->inputs.contains("uid")) << odd;
    }
    of->claims[0].required = true;
    auto target = std::make_shared<const view_target>(*understand_target(of, std::vector<std::string>{"7"}, ""));
    const auto refused = understand(target, request);
    ASSERT_TRUE(refused.has_error());
    EXPECT_EQ(refused.error().code, errc::invalid_parameter);
    EXPECT_EQ(refused.error().detail, "claim \"uid\" is required");
}

}  // namespace
}  // namespace nearside::proxy
