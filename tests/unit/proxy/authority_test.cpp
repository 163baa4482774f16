#include "proxy/authority.h"

#include <gtest/gtest.h>

namespace nearside::proxy {
namespace {

TEST(authority, names_a_host_and_perhaps_a_port) {
    for (const char* good : {"a", "example.org", "EXAMPLE.org:80", "a_b-c~d", "127.0.0.1:8080", "[::1]", "[::1]:65535",
                             "[2001:db8::1.2.3.4]", "a:", "a:0"}) {
        EXPECT_TRUE(valid_authority(good)) << good;
    }
    for (const char* bad :
         {"",    ":80", "a:x",  "a:65536", "a:000080", "a:-1",  "a b",    "a/b",     "u@a",     "a%41", "a,b",
          "::1", "[]",  "[::1", "::1]",    "[a.b]",    "[::g]", "[::1]x", "[::1]:x", "[[::1]]", "a#",   "\xc3\xa9"}) {
        EXPECT_FALSE(valid_authority(bad)) << bad;
    }
}

TEST(authority, is_compared_by_host_and_port) {
    EXPECT_TRUE(same_authority("A.example", "a.EXAMPLE:80", 80));
    EXPECT_TRUE(same_authority("a:", "a:443", 443));
    EXPECT_TRUE(same_authority("[::1]:080", "[::1]:80", 443));
    EXPECT_FALSE(same_authority("a", "a:443", 80));
    EXPECT_FALSE(same_authority("a", "b", 80));
}

}  // namespace
}  // namespace nearside::proxy
