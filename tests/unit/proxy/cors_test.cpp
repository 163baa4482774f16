#include "proxy/cors.h"

#include <gtest/gtest.h>

namespace nearside::proxy {
namespace {

request_head from_origin(std::string_view origin, std::string_view method = "GET") {
    request_head request;
    request.method = method;
    if (!origin.empty()) request.fields.append("Origin", origin);
    return request;
}

std::string_view told_field(const header_fields& fields, std::string_view name) {
    return fields.find(name).value_or("(absent)");
}

const config::cors_settings listed{
    .origins = {"https://app.example"}, .headers = {"authorization"}, .credentials = true};
const config::cors_settings anyone{.origins = {"*"}};

TEST(cors, a_listed_origin_may_read_and_another_may_not) {
    header_fields fields;
    add_cors_fields(from_origin("https://app.example"), listed, fields);
    EXPECT_EQ(told_field(fields, "access-control-allow-origin"), "https://app.example");
    EXPECT_EQ(told_field(fields, "access-control-allow-credentials"), "true");
    EXPECT_EQ(told_field(fields, "vary"), "Origin");

    header_fields refused;
    add_cors_fields(from_origin("https://evil.example"), listed, refused);
    EXPECT_EQ(told_field(refused, "access-control-allow-origin"), "(absent)");
    EXPECT_EQ(told_field(refused, "vary"), "Origin") << "a shared cache must not reuse this for the listed origin";
}

TEST(cors, any_origin_is_a_star_only_without_credentials) {
    header_fields fields;
    add_cors_fields(from_origin("https://x.example"), anyone, fields);
    EXPECT_EQ(told_field(fields, "access-control-allow-origin"), "*");
    EXPECT_EQ(told_field(fields, "vary"), "(absent)");
    config::cors_settings with_credentials = anyone;
    with_credentials.credentials = true;
    header_fields named;
    add_cors_fields(from_origin("https://x.example"), with_credentials, named);
    EXPECT_EQ(told_field(named, "access-control-allow-origin"), "https://x.example");
}

TEST(cors, a_preflight_is_answered_for_an_allowed_origin_alone) {
    request_head preflight = from_origin("https://app.example", "OPTIONS");
    EXPECT_FALSE(answer_preflight(preflight, listed)) << "OPTIONS without the field is no preflight";
    preflight.fields.append("Access-Control-Request-Method", "GET");
    const auto answer = answer_preflight(preflight, listed);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 204);
    EXPECT_EQ(told_field(answer->fields, "access-control-allow-headers"), "authorization");
    EXPECT_EQ(told_field(answer->fields, "access-control-max-age"), "600");
    preflight.fields.set("Origin", "https://evil.example");
    EXPECT_FALSE(answer_preflight(preflight, listed));
}

TEST(cors, with_credentials_a_script_may_send_its_own_token_though_no_header_is_named) {
    request_head preflight = from_origin("https://app.example", "OPTIONS");
    preflight.fields.append("Access-Control-Request-Method", "GET");
    config::cors_settings with_credentials = listed;
    with_credentials.headers = {"x-request-id"};
    EXPECT_EQ(told_field(answer_preflight(preflight, with_credentials)->fields, "access-control-allow-headers"),
              "x-request-id, authorization");
    with_credentials.headers = {};
    with_credentials.credentials = false;
    EXPECT_EQ(told_field(answer_preflight(preflight, with_credentials)->fields, "access-control-allow-headers"),
              "(absent)");
}

}  // namespace
}  // namespace nearside::proxy
