#include "proxy/request_parser.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>

namespace nearside::proxy {
namespace {

struct request_reading {
    int status = 0;  // 0: accepted
    std::string why;
    parsed_request request;
};

request_reading read_head(std::string_view bytes, const config::client_limits& limits = {}) {
    request_reading made;
    head_scanner scanner;
    switch (scanner.scan(bytes, limits)) {
        case head_scanner::verdict::incomplete:
            made.status = -1;
            return made;
        case head_scanner::verdict::refused:
            made.status = scanner.why().status;
            made.why = scanner.why().detail;
            return made;
        case head_scanner::verdict::complete:
            break;
    }
    const std::string_view head = bytes.substr(scanner.start(), scanner.end() - scanner.start());
    const std::optional<refusal> wrong = parse_request_head(head, limits, made.request);
    if (wrong) {
        made.status = wrong->status;
        made.why = wrong->detail;
    }
    return made;
}

TEST(request_parser, reads_a_plain_request) {
    const request_reading it =
        read_head("GET /a/b?c=d HTTP/1.1\r\nHost: example.org:8080\r\nX-Odd:\t two words \t\r\nEmpty:\r\n\r\n");
    ASSERT_EQ(it.status, 0) << it.why;
    EXPECT_EQ(it.request.head.method, "GET");
    EXPECT_EQ(it.request.head.target, "/a/b?c=d");
    EXPECT_EQ(it.request.head.version, 11);
    EXPECT_EQ(it.request.authority, "example.org:8080");
    ASSERT_EQ(it.request.head.fields.size(), 3U);
    EXPECT_EQ(it.request.head.fields.find("x-odd"), "two words");
    EXPECT_EQ(it.request.head.fields.find("empty"), "");
    EXPECT_EQ(it.request.framing.body, body_framing::none);
    EXPECT_TRUE(it.request.framing.keep_alive);
}

struct lie {
    const char* name;
    int status;
    std::string_view bytes;
};

std::ostream& operator<<(std::ostream& out, const lie& of) {
    return out << of.name;
}

class requests_that_lie : public ::testing::TestWithParam<lie> {};

TEST_P(requests_that_lie, are_refused) {
    const request_reading it = read_head(GetParam().bytes);
    EXPECT_EQ(it.status, GetParam().status) << it.why;
}

using namespace std::string_view_literals;

INSTANTIATE_TEST_SUITE_P(
    line_ends, requests_that_lie,
    ::testing::Values(lie{"bare_lf", 400, "GET / HTTP/1.1\nHost: a\n\n"},
                      lie{"bare_lf_after_a_field", 400, "GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n"},
                      lie{"bare_lf_at_the_end", 400, "GET / HTTP/1.1\r\nHost: a\r\n\n"},
                      lie{"bare_cr", 400, "GET / HTTP/1.1\r\nHost: a\rX: y\r\n\r\n"},
                      lie{"cr_cr_lf", 400, "GET / HTTP/1.1\r\nHost: a\r\r\n\r\n"},
                      lie{"nul_in_value", 400, "GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n"sv},
                      lie{"nul_in_target", 400, "GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n"sv},
                      lie{"escape_in_value", 400, "GET / HTTP/1.1\r\nHost: a\r\nX: \x1b[0m\r\n\r\n"},
                      lie{"del_in_value", 400, "GET / HTTP/1.1\r\nHost: a\r\nX: \x7f\r\n\r\n"},
                      lie{"two_empty_lines_first", 400, "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"},
                      lie{"tls_hello", 400, "\x16\x03\x01\x02"}));

INSTANTIATE_TEST_SUITE_P(
    request_lines, requests_that_lie,
    ::testing::Values(lie{"no_version", 400, "GET /\r\nHost: a\r\n\r\n"},
                      lie{"method_alone", 400, "GET\r\nHost: a\r\n\r\n"},
                      lie{"two_spaces", 400, "GET  / HTTP/1.1\r\nHost: a\r\n\r\n"},
                      lie{"space_in_target", 400, "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n"},
                      lie{"space_at_the_end", 400, "GET / HTTP/1.1 \r\nHost: a\r\n\r\n"},
                      lie{"tab_between", 400, "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n"},
                      lie{"method_not_a_token", 400, "G(T / HTTP/1.1\r\nHost: a\r\n\r\n"},
                      lie{"lower_case_http", 400, "GET / http/1.1\r\nHost: a\r\n\r\n"},
                      lie{"version_0_9", 505, "GET / HTTP/0.9\r\nHost: a\r\n\r\n"},
                      lie{"version_1_2", 505, "GET / HTTP/1.2\r\nHost: a\r\n\r\n"},
                      lie{"version_2_preface", 505, "PRI * HTTP/2.0\r\n\r\n"},
                      lie{"version_1_10", 400, "GET / HTTP/1.10\r\nHost: a\r\n\r\n"},
                      lie{"fragment", 400, "GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n"},
                      lie{"raw_utf8_in_target", 400, "GET /\xc3\xa9 HTTP/1.1\r\nHost: a\r\n\r\n"},
                      lie{"relative_target", 400, "GET a/b HTTP/1.1\r\nHost: a\r\n\r\n"},
                      lie{"asterisk_for_get", 400, "GET * HTTP/1.1\r\nHost: a\r\n\r\n"},
                      lie{"connect", 501, "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n"},
                      lie{"foreign_scheme", 400, "GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n"},
                      lie{"absolute_with_user", 400, "GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n"},
                      lie{"absolute_without_host", 400, "GET http:///x HTTP/1.1\r\nHost: a\r\n\r\n"},
                      lie{"absolute_of_another_host", 400, "GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n"},
                      lie{"absolute_of_another_port", 400, "GET http://a:81/ HTTP/1.1\r\nHost: a\r\n\r\n"},
                      lie{"absolute_and_no_host", 400, "GET http://a/ HTTP/1.1\r\n\r\n"}));

INSTANTIATE_TEST_SUITE_P(
    fields, requests_that_lie,
    ::testing::Values(lie{"fold", 400, "GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n z\r\n\r\n"},
                      lie{"tab_fold", 400, "GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n\tz\r\n\r\n"},
                      lie{"blank_before_the_first", 400, "GET / HTTP/1.1\r\n Host: a\r\n\r\n"},
                      lie{"blank_before_colon", 400, "GET / HTTP/1.1\r\nHost : a\r\n\r\n"},
                      lie{"tab_before_colon", 400, "GET / HTTP/1.1\r\nHost: a\r\nX\t: a\r\n\r\n"},
                      lie{"empty_name", 400, "GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n"},
                      lie{"no_colon", 400, "GET / HTTP/1.1\r\nHost: a\r\nnothing\r\n\r\n"},
                      lie{"name_with_bracket", 400, "GET / HTTP/1.1\r\nHost: a\r\nX[]: b\r\n\r\n"},
                      lie{"name_beyond_ascii", 400, "GET / HTTP/1.1\r\nHost: a\r\n\xc3\xa9: b\r\n\r\n"},
                      lie{"no_host", 400, "GET / HTTP/1.1\r\nX: a\r\n\r\n"},
                      lie{"empty_host", 400, "GET / HTTP/1.1\r\nHost:\r\n\r\n"},
                      lie{"two_hosts", 400, "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"},
                      lie{"host_list", 400, "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n"},
                      lie{"host_with_path", 400, "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"},
                      lie{"host_with_user", 400, "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n"},
                      lie{"host_with_two_ports", 400, "GET / HTTP/1.1\r\nHost: a:1:2\r\n\r\n"},
                      lie{"host_with_a_port_too_high", 400, "GET / HTTP/1.1\r\nHost: a:65536\r\n\r\n"},
                      lie{"host_with_an_open_bracket", 400, "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n"},
                      lie{"another_expectation", 417, "GET / HTTP/1.1\r\nHost: a\r\nExpect: more\r\n\r\n"}));

INSTANTIATE_TEST_SUITE_P(
    framing, requests_that_lie,
    ::testing::Values(
        lie{"both", 400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"},
        lie{"both_the_other_way", 400,
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n"},
        lie{"two_lengths", 400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n"},
        lie{"the_same_length_twice", 400,
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n"},
        lie{"a_list_of_lengths", 400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5, 5\r\n\r\n"},
        lie{"empty_length", 400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n"},
        lie{"signed_length", 400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\n"},
        lie{"negative_length", 400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\n"},
        lie{"hexadecimal_length", 400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x5\r\n\r\n"},
        lie{"length_with_blank", 400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1 0\r\n\r\n"},
        lie{"length_over_64_bits", 413, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551621\r\n\r\n"},
        lie{"length_over_the_limit", 413, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 999999999999\r\n\r\n"},
        lie{"too_long_and_chunked", 400,
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 999999999999\r\nTransfer-Encoding: chunked\r\n\r\n"},
        lie{"gzip_chunked", 501, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"},
        lie{"chunked_gzip", 400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, gzip\r\n\r\n"},
        lie{"identity", 400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n"},
        lie{"xchunked", 400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n"},
        lie{"chunked_twice", 400,
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"},
        lie{"chunked_with_vertical_tab", 400,
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \x0b"
            "chunked\r\n\r\n"},
        lie{"chunked_quoted", 400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \"chunked\"\r\n\r\n"},
        lie{"chunked_in_1_0", 400, "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"}));

TEST(request_parser, skips_one_empty_line_before_a_request) {
    const request_reading it = read_head("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(it.status, 0) << it.why;
    EXPECT_EQ(it.request.head.method, "GET");
}

TEST(request_parser, a_path_may_hold_anything_visible) {
    const request_reading it = read_head("GET /a|b{c}\"'%zz\\[] HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(it.status, 0) << it.why;
    EXPECT_EQ(it.request.head.target, "/a|b{c}\"'%zz\\[]");
}

TEST(request_parser, an_absolute_target_becomes_a_path) {
    struct {
        const char* bytes;
        const char* target;
        const char* authority;
    } const cases[] = {
        {"GET http://A.example/x?y HTTP/1.1\r\nHost: a.example\r\n\r\n", "/x?y", "A.example"},
        {"GET HTTPS://a:443/x HTTP/1.1\r\nHost: a\r\n\r\n", "/x", "a:443"},
        {"GET http://a HTTP/1.1\r\nHost: a:80\r\n\r\n", "/", "a"},
        {"GET http://a?q HTTP/1.1\r\nHost: a\r\n\r\n", "/?q", "a"},
        {"OPTIONS http://a HTTP/1.1\r\nHost: a\r\n\r\n", "*", "a"},
        {"GET http://[::1]:8080/x HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n", "/x", "[::1]:8080"},
        {"GET http://a/x HTTP/1.0\r\n\r\n", "/x", "a"},
    };
    for (const auto& each : cases) {
        const request_reading it = read_head(each.bytes);
        EXPECT_EQ(it.status, 0) << each.bytes << it.why;
        EXPECT_EQ(it.request.head.target, each.target) << each.bytes;
        EXPECT_EQ(it.request.authority, each.authority) << each.bytes;
    }
}

TEST(request_parser, options_may_ask_about_the_server) {
    EXPECT_EQ(read_head("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n").request.head.target, "*");
}

TEST(request_parser, keeps_or_closes_as_version_and_connection_say) {
    const auto keeps = [](std::string_view bytes) { return read_head(bytes).request.framing.keep_alive; };
    EXPECT_TRUE(keeps("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    EXPECT_FALSE(keeps("GET / HTTP/1.1\r\nHost: a\r\nConnection: Close\r\n\r\n"));
    EXPECT_FALSE(keeps("GET / HTTP/1.1\r\nHost: a\r\nConnection: x, close\r\n\r\n"));
    EXPECT_FALSE(keeps("GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\nConnection: close\r\n\r\n"));
    EXPECT_FALSE(keeps("GET / HTTP/1.0\r\n\r\n"));
    EXPECT_TRUE(keeps("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"));
}

TEST(request_parser, tells_the_framing) {
    const request_reading fixed =
        read_head("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0042\r\nExpect: 100-Continue\r\n\r\n");
    EXPECT_EQ(fixed.request.framing.body, body_framing::length);
    EXPECT_EQ(fixed.request.framing.length, 42U);
    EXPECT_TRUE(fixed.request.framing.expects_continue);
    const request_reading chunked = read_head("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n");
    EXPECT_EQ(chunked.request.framing.body, body_framing::chunked);
    const request_reading old = read_head("POST / HTTP/1.0\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n");
    EXPECT_FALSE(old.request.framing.expects_continue);
}

TEST(head_scanner, limits_are_exact) {
    config::client_limits limits;
    limits.request_line = 14;  // "GET / HTTP/1.1"
    limits.header_bytes = 19;  // both fields with their line ends
    limits.header_count = 2;
    EXPECT_EQ(read_head("GET / HTTP/1.1\r\nHost: a\r\nX: 34567\r\n\r\n", limits).status, 0);
    EXPECT_EQ(read_head("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n", limits).status, 414);
    EXPECT_EQ(read_head("GET / HTTP/1.1\r\nHost: a\r\nX: 345678\r\n\r\n", limits).status, 431);
    EXPECT_EQ(read_head("GET / HTTP/1.1\r\nHost: a\r\nX:\r\nY:\r\n\r\n", limits).status, 431);
}

TEST(head_scanner, an_endless_line_is_refused_before_it_ends) {
    config::client_limits limits;
    limits.request_line = 100;
    limits.header_bytes = 100;
    EXPECT_EQ(read_head("GET /" + std::string(200, 'a'), limits).status, 414);
    EXPECT_EQ(read_head("GET / HTTP/1.1\r\nX: " + std::string(200, 'a'), limits).status, 431);
}

TEST(head_scanner, the_verdict_is_the_same_however_bytes_arrive) {
    const std::string whole = "\r\nGET / HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\nGET /next";
    for (std::size_t step = 1; step < 7; ++step) {
        head_scanner scanner;
        std::size_t have = 0;
        head_scanner::verdict verdict = head_scanner::verdict::incomplete;
        while (verdict == head_scanner::verdict::incomplete && have < whole.size()) {
            have = std::min(have + step, whole.size());
            verdict = scanner.scan(std::string_view(whole).substr(0, have), {});
        }
        EXPECT_EQ(verdict, head_scanner::verdict::complete);
        EXPECT_EQ(scanner.start(), 2U);
        EXPECT_EQ(scanner.end(), whole.find("GET /next"));
    }
}

}  // namespace
}  // namespace nearside::proxy
