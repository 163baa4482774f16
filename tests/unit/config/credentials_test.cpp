#include "config/credentials.h"

#include <gtest/gtest.h>

#include <initializer_list>

namespace nearside::config {
namespace {

TEST(credentials, are_all_headers_not_known_to_be_harmless) {
    for (const char* name : {"authorization", "Authorization", "cookie", "x-api-key", "x-auth-token", "x-csrf-token",
                             "x-remote-user", "x-tenant", "anything", "sec-ch-"}) {
        EXPECT_TRUE(is_credential_header(name)) << name;
    }
    for (const char* name :
         {"accept", "Accept-Language", "user-agent", "sec-ch-ua-mobile", "traceparent", "x-request-id"}) {
        EXPECT_FALSE(is_credential_header(name)) << name;
    }
}

TEST(credentials, an_upstream_forwards_them_as_soon_as_one_header_is_one) {
    upstream_settings upstream;
    EXPECT_FALSE(forwards_credentials(upstream));
    upstream.forward = {"accept-language"};
    EXPECT_FALSE(forwards_credentials(upstream));
    upstream.forward.emplace_back("x-session");
    EXPECT_TRUE(forwards_credentials(upstream));
}

TEST(credentials, some_headers_are_never_forwarded) {
    for (const char* name : {"host", "connection", "content-length", "range", "if-none-match", "proxy-authorization",
                             "transfer-encoding", "te", "upgrade", "accept-encoding"}) {
        EXPECT_NE(why_never_forwarded(name), nullptr) << name;
    }
    for (const char* name : {"authorization", "cookie", "accept-language", "x-api-key"}) {
        EXPECT_EQ(why_never_forwarded(name), nullptr) << name;
    }
}

}  // namespace
}  // namespace nearside::config
