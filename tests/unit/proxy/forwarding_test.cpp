#include "proxy/forwarding.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace nearside::proxy {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

config::upstream_settings upstream() {
    config::upstream_settings made;
    made.name = "incl";
    made.scheme = "https";
    made.host = "api.example.nl";
    made.port = 443;
    return made;
}

request_head get_of(std::string target) {
    request_head head;
    head.method = "GET";
    head.target = std::move(target);
    head.fields.append("Host", "near.example");
    return head;
}

const client_facts near_client{"192.0.2.7", "https", "near.example"};

std::string sent(const request_head& head, const config::upstream_settings& to = upstream(),
                 const client_facts& from = near_client) {
    const auto made = upstream_request_head(head, from, to, "nearside", upload_framing::none, {});
    return made ? *made : std::string(to_string(made.error().code));
}

TEST(forwarding_test, the_target_passes_byte_for_byte_behind_the_base_path) {
    EXPECT_THAT(sent(get_of("/api/a%20b/%E2%82%AC?x=%2F..&&y")),
                HasSubstr("GET /api/a%20b/%E2%82%AC?x=%2F..&&y HTTP/1.1\r\n"));
    auto based = upstream();
    based.base_path = "/v1";
    EXPECT_THAT(sent(get_of("/api"), based), HasSubstr("GET /v1/api HTTP/1.1\r\n"));
}

TEST(forwarding_test, a_path_that_some_reader_would_walk_upwards_is_refused) {
    for (const char* path : {"/..", "/api/../admin", "/api/%2e%2E/admin", "/api/.%2e/x", "/api/./x", "/api/..%2fadmin",
                             "/api/..\\admin", "/api%5c..%5cadmin", "/api/..;a=b/admin", "/api/%2e", "/api/..%3Bx"}) {
        EXPECT_EQ(sent(get_of(path)), "bad_request") << path;
    }
    for (const char* path : {"/api/...", "/a..b/.hidden/x.y", "/api/?next=/../x", "/", "//", "/a/..b", "/;.."}) {
        EXPECT_THAT(sent(get_of(path)), HasSubstr(std::string("GET ") + path + " HTTP/1.1")) << path;
    }
}

TEST(forwarding_test, a_version_that_is_named_by_the_tag_of_a_coded_copy_is_named_as_the_origin_does_too) {
    auto head = get_of("/");
    head.fields.append("If-Match", R"("v1-gzip", "v2", W/"v3-br")");
    EXPECT_THAT(sent(head), HasSubstr("If-Match: \"v1-gzip\", \"v2\", W/\"v3-br\"\r\nIf-Match: \"v1\"\r\n"));
}

TEST(forwarding_test, options_and_trace_go_one_hop_less_far) {
    auto head = get_of("/");
    head.fields.append("Max-Forwards", "3");
    EXPECT_THAT(sent(head), HasSubstr("Max-Forwards: 3\r\n")) << "it says nothing of a GET";
    head.method = "OPTIONS";
    EXPECT_THAT(sent(head), HasSubstr("Max-Forwards: 2\r\n"));
    EXPECT_FALSE(is_last_recipient(head));
    head.fields.set("Max-Forwards", "0");
    EXPECT_TRUE(is_last_recipient(head));
    head.fields.set("Max-Forwards", "none");
    EXPECT_FALSE(is_last_recipient(head));
}

TEST(forwarding_test, host_becomes_the_upstreams_own) {
    EXPECT_THAT(sent(get_of("/")), HasSubstr("\r\nHost: api.example.nl\r\n"));
    EXPECT_THAT(sent(get_of("/")), Not(HasSubstr("\r\nHost: near.example\r\n")));
    auto other = upstream();
    other.port = 8443;
    EXPECT_EQ(host_field(other), "api.example.nl:8443");
    other.host = "::1";
    EXPECT_EQ(host_field(other), "[::1]:8443");
    other.scheme = "http";
    other.port = 80;
    EXPECT_EQ(host_field(other), "[::1]");
}

TEST(forwarding_test, credentials_and_unknown_fields_pass_but_those_of_the_connection_do_not) {
    request_head head = get_of("/");
    for (const auto& [name, value] :
         std::vector<std::pair<const char*, const char*>>{{"Authorization", "Bearer t"},
                                                          {"Cookie", "a=b"},
                                                          {"X-Custom", "1"},
                                                          {"Connection", "close, X-Secret"},
                                                          {"X-Secret", "s"},
                                                          {"Keep-Alive", "timeout=5"},
                                                          {"TE", "trailers"},
                                                          {"Upgrade", "websocket"},
                                                          {"Expect", "100-continue"},
                                                          {"Proxy-Authorization", "Basic x"},
                                                          {"Transfer-Encoding", "chunked"},
                                                          {"Content-Length", "99"}}) {
        head.fields.append(name, value);
    }
    const std::string got = sent(head);
    EXPECT_THAT(got, HasSubstr("\r\nAuthorization: Bearer t\r\n"));
    EXPECT_THAT(got, HasSubstr("\r\nCookie: a=b\r\n"));
    EXPECT_THAT(got, HasSubstr("\r\nX-Custom: 1\r\n"));
    for (const char* gone : {"X-Secret", "Keep-Alive", "\nTE:", "Upgrade", "Expect", "Proxy-Authorization",
                             "Transfer-Encoding", "Content-Length", "\nConnection"}) {
        EXPECT_THAT(got, Not(HasSubstr(gone)));
    }
}

TEST(forwarding_test, whom_it_is_for_is_told_in_the_standard_and_in_the_usual_way) {
    const std::string got = sent(get_of("/"));
    EXPECT_THAT(got, HasSubstr("\r\nVia: 1.1 nearside\r\n"));
    EXPECT_THAT(got, HasSubstr("\r\nForwarded: for=192.0.2.7;proto=https;host=\"near.example\";by=_nearside\r\n"));
    EXPECT_THAT(got, HasSubstr("\r\nX-Forwarded-For: 192.0.2.7\r\n"));
    EXPECT_THAT(got, HasSubstr("\r\nX-Forwarded-Proto: https\r\n"));
    EXPECT_THAT(got, HasSubstr("\r\nX-Forwarded-Host: near.example\r\n"));
}

TEST(forwarding_test, an_ipv6_address_is_quoted_and_earlier_proxies_are_kept) {
    request_head head = get_of("/");
    head.version = 10;
    head.fields.append("Via", "1.1 edge");
    head.fields.append("Forwarded", "for=203.0.113.1");
    head.fields.append("X-Forwarded-For", "203.0.113.1");
    head.fields.append("X-Forwarded-Proto", "https");
    const std::string got = sent(head, upstream(), {"2001:db8::7", "http", ""});
    EXPECT_THAT(got, HasSubstr("\r\nVia: 1.1 edge, 1.0 nearside\r\n"));
    EXPECT_THAT(got, HasSubstr("\r\nForwarded: for=203.0.113.1, for=\"[2001:db8::7]\";proto=http;by=_nearside\r\n"));
    EXPECT_THAT(got, HasSubstr("\r\nX-Forwarded-For: 203.0.113.1, 2001:db8::7\r\n"));
    EXPECT_THAT(got, HasSubstr("\r\nX-Forwarded-Proto: https\r\n"));
    EXPECT_THAT(got, Not(HasSubstr("\r\nX-Forwarded-Host:")));
}

TEST(forwarding_test, the_bodys_framing_is_ours) {
    const auto known =
        upstream_request_head(get_of("/"), near_client, upstream(), "nearside", upload_framing::length, 5);
    EXPECT_THAT(*known, HasSubstr("\r\nContent-Length: 5\r\n"));
    const auto unknown =
        upstream_request_head(get_of("/"), near_client, upstream(), "nearside", upload_framing::chunked, {});
    EXPECT_THAT(*unknown, HasSubstr("\r\nTransfer-Encoding: chunked\r\n"));
    EXPECT_THAT(*unknown, ::testing::EndsWith("\r\n\r\n"));
}

TEST(forwarding_test, options_for_the_whole_server_has_no_path) {
    request_head head = get_of("*");
    head.method = "OPTIONS";
    auto based = upstream();
    based.base_path = "/v1";
    EXPECT_THAT(sent(head, based), HasSubstr("OPTIONS * HTTP/1.1\r\n"));
}

TEST(forwarding_test, the_client_gets_the_answer_without_the_upstreams_connection) {
    response_head head;
    head.fields.append("Connection", "keep-alive, X-Hop");
    head.fields.append("Keep-Alive", "timeout=5");
    head.fields.append("X-Hop", "1");
    head.fields.append("Transfer-Encoding", "chunked");
    head.fields.append("Set-Cookie", "a=b");
    head.fields.append("Set-Cookie", "c=d");
    head.fields.append("Via", "1.1 inner");
    head.fields.append("Content-Length", "5, 5");
    head.fields.append("Content-Length", "5");
    prepare_for_client(head, "nearside", "nearside; fwd=bypass");
    for (const char* gone : {"Connection", "Keep-Alive", "X-Hop", "Transfer-Encoding"}) {
        EXPECT_FALSE(head.fields.contains(gone)) << gone;
    }
    EXPECT_EQ(head.fields.count("set-cookie"), 2u);
    EXPECT_EQ(head.fields.find("via"), "1.1 inner, 1.1 nearside");
    EXPECT_EQ(head.fields.find("cache-status"), "nearside; fwd=bypass");
    EXPECT_EQ(head.fields.combined("content-length"), "5");
}

}  // namespace
}  // namespace nearside::proxy
