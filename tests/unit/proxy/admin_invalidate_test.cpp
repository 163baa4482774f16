#include "proxy/admin_invalidate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace nearside::proxy {
namespace {

using cache::invalidation;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string why_not(std::string_view json) {
    const auto read = read_invalidation(json);
    EXPECT_FALSE(read.has_value()) << json;
    return read ? "" : read.error().detail;
}

request_head purge(std::string target, std::vector<std::pair<std::string, std::string>> fields = {}) {
    request_head request;
    request.method = "PURGE";
    request.target = std::move(target);
    for (const auto& [name, value] : fields)
        request.fields.append(name, value);
    return request;
}

TEST(read_invalidation, reads_all_that_may_be_named) {
    const auto order = read_invalidation(
        R"({"tags":["job:7","é"],"keys":["view:a;id=1"],"views":["board"],"paths":["/views/*","/api/**"],"mode":"hard"})");
    ASSERT_TRUE(order.has_value()) << order.error().detail;
    EXPECT_THAT(order->tags, ElementsAre("job:7", "é"));
    EXPECT_THAT(order->keys, ElementsAre("view:a;id=1"));
    EXPECT_THAT(order->views, ElementsAre("board"));
    EXPECT_THAT(order->paths, ElementsAre("/views/*", "/api/**"));
    EXPECT_EQ(order->how, invalidation::hard);
}

TEST(read_invalidation, is_soft_unless_told) {
    EXPECT_EQ(read_invalidation(R"({"tags":["a"]})")->how, invalidation::soft);
    EXPECT_EQ(read_invalidation(R"({"mode":"soft","tags":["a"]})")->how, invalidation::soft);
}

TEST(read_invalidation, says_where_and_why_it_refuses) {
    EXPECT_THAT(why_not(""), HasSubstr("not JSON"));
    EXPECT_THAT(why_not(R"({"tags":["a"]} x)"), HasSubstr("not JSON"));
    EXPECT_THAT(why_not("{\"tags\":[\"\xff\"]}"), HasSubstr("not JSON"));
    EXPECT_EQ(why_not("[]"), "the body must be an object, not a list");
    EXPECT_EQ(why_not("null"), "the body must be an object, not null");
    EXPECT_EQ(why_not(R"({"tag":["a"]})"), "unknown member `tag`; did you mean `tags`?");
    EXPECT_EQ(why_not(R"({"tags":"a"})"), "`tags` must be a list of texts, not text");
    EXPECT_EQ(why_not(R"({"tags":["a",7]})"), "`tags[1]` must be text, not a number");
    EXPECT_EQ(why_not(R"({"keys":[null]})"), "`keys[0]` must be text, not null");
    EXPECT_EQ(why_not(R"({"tags":[""]})"), "`tags[0]` is empty");
    EXPECT_EQ(why_not(R"({"tags":["a\u0001"]})"), "`tags[0]` holds a control character");
    EXPECT_EQ(why_not(R"({"tags":["a"],"mode":"HARD"})"), "`mode` is \"soft\" or \"hard\", not `HARD`");
    EXPECT_EQ(why_not(R"({"tags":["a"],"mode":true})"), "`mode` must be \"soft\" or \"hard\", not true or false");
    EXPECT_EQ(why_not(R"({"tags":["a"],"tags":["b"]})"), "`tags` stands twice in the body");
    EXPECT_THAT(why_not(R"({"paths":["views/*"]})"), HasSubstr("`paths[0]` is no pattern of paths"));
    EXPECT_THAT(why_not(R"({"paths":["/a?b=1"]})"), HasSubstr("`paths[0]` is no pattern of paths"));
}

TEST(read_invalidation, an_order_for_nothing_is_a_mistake) {
    EXPECT_THAT(why_not("{}"), HasSubstr("nothing is named"));
    EXPECT_THAT(why_not(R"({"tags":[],"mode":"hard"})"), HasSubstr("nothing is named"));
}

TEST(read_invalidation, holds_its_limits) {
    EXPECT_THAT(why_not(R"({"tags":[")" + std::string(257, 'a') + R"("]})"), HasSubstr("longer than 256 bytes"));
    EXPECT_TRUE(read_invalidation(R"({"tags":[")" + std::string(256, 'a') + R"("]})").has_value());
    std::string many = R"({"tags":["a")";
    for (std::size_t at = 1; at < invalidation_limits::texts; ++at)
        many += R"(,"a")";
    EXPECT_TRUE(read_invalidation(many + "]}").has_value());
    EXPECT_THAT(why_not(many + R"(],"keys":["b"]})"), HasSubstr("more than 10000 names"));
    const auto large = read_invalidation(std::string(invalidation_limits::body_bytes + 1, ' '));
    EXPECT_EQ(large.error().code, errc::body_too_large);
    std::string deep(5'000, '[');
    EXPECT_THAT(why_not("{\"tags\":" + deep), HasSubstr("not JSON"));
}

TEST(read_purge, is_hard_and_of_the_path_whatever_the_query) {
    const auto order = read_purge(purge("/views/7?page=2"));
    ASSERT_TRUE(order.has_value());
    EXPECT_THAT(order->paths, ElementsAre("/views/7"));
    EXPECT_EQ(order->how, invalidation::hard);
    EXPECT_EQ(read_purge(purge("/a", {{"Fastly-Soft-Purge", "1"}}))->how, invalidation::soft);
    EXPECT_EQ(read_purge(purge("/a", {{"Fastly-Soft-Purge", "0"}}))->how, invalidation::hard);
    EXPECT_FALSE(read_purge(purge("/" + std::string(2'000, 'a'))).has_value());
}

TEST(read_purge, of_the_root_with_surrogate_keys_is_by_tag) {
    const auto order = read_purge(purge("/", {{"Surrogate-Key", " a  b\tc "}, {"surrogate-key", "d"}}));
    ASSERT_TRUE(order.has_value());
    EXPECT_THAT(order->tags, ElementsAre("a", "b", "c", "d"));
    EXPECT_TRUE(order->paths.empty());
    const auto both = read_purge(purge("/views/7", {{"Surrogate-Key", "a"}}));
    EXPECT_THAT(both->tags, ElementsAre("a"));
    EXPECT_THAT(both->paths, ElementsAre("/views/7"));
    EXPECT_THAT(read_purge(purge("/"))->paths, ElementsAre("/"));
    EXPECT_FALSE(read_purge(purge("/", {{"Surrogate-Key", std::string(300, 'a')}})).has_value());
}

TEST(read_tag_purge, takes_the_tag_from_the_path_the_header_or_the_body) {
    const request_head request = purge("/", {{"Surrogate-Key", "a b"}});
    EXPECT_THAT(read_tag_purge("job%3A7", request.fields, "")->tags, ElementsAre("job:7"));
    EXPECT_THAT(read_tag_purge("", request.fields, "")->tags, ElementsAre("a", "b"));
    EXPECT_THAT(read_tag_purge("", {}, R"({"surrogate_keys":["x","y"]})")->tags, ElementsAre("x", "y"));
    EXPECT_EQ(read_tag_purge("", {}, "").error().detail, "nothing is named: give tags in Surrogate-Key");
    EXPECT_FALSE(read_tag_purge("%zz", {}, "").has_value());
    EXPECT_FALSE(read_tag_purge("%01", {}, "").has_value());
    EXPECT_FALSE(read_tag_purge("", {}, R"({"tags":["x"]})").has_value());
    EXPECT_FALSE(read_tag_purge("", {}, R"({"surrogate_keys":"x"})").has_value());
}

TEST(summary_of, is_short_whatever_the_order_holds) {
    cache::invalidation_order order;
    order.tags = {"a", "b"};
    order.paths = {"/c"};
    EXPECT_EQ(summary_of(order), "2 tags: a b; 1 paths: /c");
    order.tags.assign(9'000, std::string(256, 'x'));
    EXPECT_LT(summary_of(order).size(), 1'000u);
    EXPECT_THAT(summary_of(order), HasSubstr("9000 tags: "));
}

}  // namespace
}  // namespace nearside::proxy
