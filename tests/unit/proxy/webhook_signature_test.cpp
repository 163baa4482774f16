#include "proxy/webhook_signature.h"

#include "proxy/seen_once.h"

#include <gtest/gtest.h>

#include <string>

namespace nearside::proxy {
namespace {

// Made by: printf '1700000000.{"tags":["a"]}' | openssl dgst -sha256 -hmac 0123456789abcdef
constexpr std::string_view secret = "0123456789abcdef";
constexpr std::string_view body_text = R"({"tags":["a"]})";

std::string good_field() {
    return "t=1700000000,v1=" + webhook_signature::name_of("1700000000", body_text, secret);
}

TEST(webhook_signature_test, agrees_with_openssl) {
    EXPECT_EQ(webhook_signature::name_of("1700000000", body_text, secret),
              "bb43ec588da47e3f1d6c7bcc1d7401a7ca22a85c2bd0b5e01a0750a55e9427bf");
}

TEST(webhook_signature_test, is_of_the_body_the_time_and_the_secret_that_made_it) {
    const auto read = webhook_signature::read(good_field());
    ASSERT_TRUE(read);
    EXPECT_TRUE(read->is_of(body_text, secret));
    EXPECT_FALSE(read->is_of("{}", secret));
    EXPECT_FALSE(read->is_of(body_text, "another secret"));
    std::string later = good_field();
    later.replace(2, 10, "1700000001");
    EXPECT_FALSE(webhook_signature::read(later)->is_of(body_text, secret));
}

TEST(webhook_signature_test, one_of_several_will_do) {
    const std::string other(64, '0');
    const auto read = webhook_signature::read("v0=x, v1=" + other + "," + good_field());
    ASSERT_TRUE(read);
    EXPECT_TRUE(read->is_of(body_text, secret));
}

TEST(webhook_signature_test, what_is_no_signature_is_none) {
    const std::string hex(64, '0');
    for (const std::string& each :
         {std::string(), std::string("t=1"), "v1=" + hex, "t=x,v1=" + hex, "t=1,v1=" + hex.substr(1),
          "t=1,t=2,v1=" + hex, "t=1234567890123,v1=" + hex, "t=1,v1=" + std::string(64, 'g'), "t=-,v1=" + hex})
        EXPECT_FALSE(webhook_signature::read(each)) << each;
}

TEST(webhook_signature_test, is_good_for_a_while_around_its_time) {
    const auto read = webhook_signature::read(good_field());
    const wall_time made{std::chrono::seconds{1'700'000'000}};
    constexpr milliseconds tolerance{300'000};
    EXPECT_TRUE(read->is_within(tolerance, made));
    EXPECT_TRUE(read->is_within(tolerance, made + tolerance));
    EXPECT_TRUE(read->is_within(tolerance, made - tolerance));
    EXPECT_FALSE(read->is_within(tolerance, made + tolerance + milliseconds{1}));
    EXPECT_FALSE(read->is_within(tolerance, made - tolerance - milliseconds{1}));
}

TEST(seen_once_test, a_name_comes_once_within_its_time) {
    seen_once seen(2);
    const steady_time start{};
    EXPECT_TRUE(seen.is_first("a", milliseconds{10}, start));
    EXPECT_FALSE(seen.is_first("a", milliseconds{10}, start + milliseconds{9}));
    EXPECT_TRUE(seen.is_first("a", milliseconds{10}, start + milliseconds{10}));
    EXPECT_TRUE(seen.is_first("b", milliseconds{10}, start + milliseconds{10}));
    EXPECT_TRUE(seen.is_first("c", milliseconds{10}, start + milliseconds{10})) << "the oldest gives way";
    EXPECT_FALSE(seen.is_first("b", milliseconds{10}, start + milliseconds{11}));
}

}  // namespace
}  // namespace nearside::proxy
