#include "config/address.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <string_view>

namespace nearside::config {
namespace {

std::string listened(std::string_view text) {
    const auto read = parse_listen(text);
    return read.value ? read.value->host + " " + std::to_string(read.value->port) : "refused";
}

std::string told(std::string_view text) {
    const auto read = parse_origin(text);
    if (!read.value) return "refused";
    return read.value->scheme + " " + read.value->host + " " + std::to_string(read.value->port) + " " +
           read.value->base_path;
}

TEST(listen_address, is_a_host_and_a_port) {
    EXPECT_EQ(listened("0.0.0.0:8080"), "0.0.0.0 8080");
    EXPECT_EQ(listened("127.0.0.1:0"), "127.0.0.1 0");
    EXPECT_EQ(listened("[::1]:8080"), "::1 8080");
    EXPECT_EQ(listened("[::]:65535"), ":: 65535");
    EXPECT_EQ(listened(":8080"), "0.0.0.0 8080");
    EXPECT_EQ(listened("localhost:8080"), "127.0.0.1 8080");
}

TEST(listen_address, is_refused_where_it_is_none) {
    for (const std::string_view text :
         {"", "8080", "host.example:80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "[::1]", "[::1", "[::1]8080",
          "::1:80", "[127.0.0.1]:80", "300.0.0.1:80", "0.0.0.0:65536", "0.0.0.0:-1", "0.0.0.0: 80"}) {
        EXPECT_EQ(listened(text), "refused") << text;
    }
}

TEST(ip_address, is_no_name) {
    for (const char* text : {"127.0.0.1", "::1", "fe80::1", "::ffff:10.0.0.1"})
        EXPECT_TRUE(is_ip_address(text)) << text;
    for (const char* text : {"", "localhost", "127.0.0", "127.0.0.1:80", "[::1]", "1.example"})
        EXPECT_FALSE(is_ip_address(text)) << text;
}

TEST(origin, has_the_default_port_of_its_scheme) {
    EXPECT_EQ(told("https://api.example.nl"), "https api.example.nl 443 ");
    EXPECT_EQ(told("http://api.example.nl"), "http api.example.nl 80 ");
    EXPECT_EQ(told("HTTPS://API.Example.NL:8443"), "https api.example.nl 8443 ");
}

TEST(origin, keeps_a_prefix_without_its_last_slash) {
    EXPECT_EQ(told("http://h/"), "http h 80 ");
    EXPECT_EQ(told("http://h/a/b/"), "http h 80 /a/b");
    EXPECT_EQ(told("http://h:81/a%20b"), "http h 81 /a%20b");
}

TEST(origin, may_be_an_address) {
    EXPECT_EQ(told("http://127.0.0.1:8000"), "http 127.0.0.1 8000 ");
    EXPECT_EQ(told("http://[::1]:8000/x"), "http ::1 8000 /x");
    EXPECT_EQ(told("http://[2001:DB8::1]"), "http 2001:db8::1 80 ");
}

TEST(origin, is_refused_where_it_is_none) {
    for (const std::string_view text : {"",
                                        "api.example",
                                        "//api.example",
                                        "ftp://h",
                                        "http://",
                                        "http:///x",
                                        "http://:80",
                                        "http://h:",
                                        "http://h:0",
                                        "http://h:65536",
                                        "http://h?x",
                                        "http://h/#x",
                                        "http://me@h",
                                        "http://me:pw@h",
                                        "http://[::1",
                                        "http://[zz]",
                                        "http://127.0.0.1.5",
                                        "http://1.2",
                                        "http://a..b",
                                        "http://.a",
                                        "http://a b",
                                        "http://h/a b",
                                        "http://h//a",
                                        "http://h/../a",
                                        "http://h/%zz",
                                        "http://h/{x}",
                                        "http://h\\x",
                                        "http://\xED\x95\x9C"}) {
        EXPECT_EQ(told(text), "refused") << text;
    }
}

TEST(origin, with_a_password_is_refused_without_repeating_it) {
    const auto read = parse_origin("https://me:hush@h");
    EXPECT_EQ((read.what + read.mend).find("hush"), std::string::npos);
}

}  // namespace
}  // namespace nearside::config
