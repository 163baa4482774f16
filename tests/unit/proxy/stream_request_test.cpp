#include "proxy/stream_request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace nearside::proxy {
namespace {

using ::testing::ElementsAre;

header_fields accepting(const char* value) {
    header_fields fields;
    fields.append("Accept", value);
    return fields;
}

TEST(stream_request, is_one_where_the_type_is_named_and_nothing_is_liked_better) {
    for (const char* value : {"text/event-stream", "TEXT/Event-Stream", "text/event-stream, */*",
                              "application/json;q=0.5, text/event-stream"})
        EXPECT_TRUE(wants_stream(accepting(value))) << value;
    for (const char* value : {"", "*/*", "text/*", "application/json", "text/event-stream;q=0",
                              "text/event-stream;q=0.3, application/json"})
        EXPECT_FALSE(wants_stream(accepting(value))) << value;
    EXPECT_FALSE(wants_stream({}));
}

TEST(stream_request, names_views_each_once) {
    EXPECT_THAT(views_of_stream("view=/a%3Fp%3D1&x=1&view=/b&view=%2Fb", 2).value(), ElementsAre("/a?p=1", "/b"));
    for (const char* query : {"", "views=/a", "view=", "view=/a&view=%g1", "view=/a&view=/b&view=/c"})
        EXPECT_EQ(views_of_stream(query, 2).error(), errc::invalid_parameter) << query;
}

TEST(stream_request, a_view_is_named_by_path_or_by_a_url_of_this_host) {
    const auto target = [](const char* url) { return target_of_view_url(url, "https", "a.example"); };
    EXPECT_EQ(target("/v?p=1#top").value(), "/v?p=1");
    EXPECT_EQ(target("https://a.example/v?p=1").value(), "/v?p=1");
    EXPECT_EQ(target("https://A.example:443/v").value(), "/v");
    EXPECT_EQ(target("//a.example/v").value(), "/v");
    for (const char* url : {"", "v", "?p=1", "http://a.example/v", "https://b.example/v", "https://a.example",
                            "https://me@a.example/v", "javascript://a.example/v", "/v\r\nx", "/v x"})
        EXPECT_FALSE(target(url)) << url;
}

TEST(stream_request, goes_on_from_the_header_before_the_query) {
    request_head request{.method = "GET", .target = "/v?last_event_id=a-1&p=2"};
    EXPECT_EQ(last_event_id(request), "a-1");
    EXPECT_EQ(view_url_of(request), "/v?p=2");
    request.fields.append("Last-Event-ID", "b-2");
    EXPECT_EQ(last_event_id(request), "b-2");
    EXPECT_EQ(last_event_id({.method = "GET", .target = "/v"}), "");
}

TEST(stream_request, lasts_as_long_as_its_token) {
    const auto expiry = [](const char* payload) {
        header_fields fields;
        fields.append("Authorization", std::string("Bearer e30.") + payload + ".x");
        const auto when = token_expiry(fields);
        return when ? std::optional<std::int64_t>(when->time_since_epoch().count()) : std::nullopt;
    };
    EXPECT_EQ(expiry("eyJleHAiOjEwMH0"), 100'000'000) << R"({"exp":100})";
    EXPECT_EQ(expiry("eyJleHAiOjEuNX0"), 1'500'000) << R"({"exp":1.5})";
    EXPECT_EQ(expiry("eyJleHAiOiJ4In0"), std::nullopt) << R"({"exp":"x"})";
    EXPECT_EQ(expiry("eyJleHAiOjFlMzB9"), std::nullopt) << R"({"exp":1e30})";
    EXPECT_EQ(expiry("e30"), std::nullopt) << "{}";
    EXPECT_EQ(token_expiry({}), std::nullopt);
}

}  // namespace
}  // namespace nearside::proxy
