#include "cache/conditional.h"

#include "tests/support/fields.h"
#include "tests/unit/cache/example_date.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>

namespace nearside::cache {
namespace {

using nearside::testing::fields;
using std::chrono::seconds;

// What a client's condition on a stored 200 with this tag and date comes to.
struct stored_page : ::testing::Test {
    precondition asked(std::initializer_list<header_fields::field> request, std::string_view method = "GET") {
        return evaluate(method, fields(request), status, etag, last_modified, example_now, who);
    }
    precondition none_match(std::string_view list) { return asked({{"If-None-Match", list}}); }

    std::optional<std::string_view> etag = "\"abcdef\"";
    std::optional<http_time> last_modified = example_now - seconds{3000};
    int status = 200;
    evaluator who = evaluator::cache;
};

TEST_F(stored_page, without_a_condition_is_answered_whole) {
    EXPECT_EQ(asked({}), precondition::pass);
}

TEST_F(stored_page, that_the_client_has_is_not_modified) {
    EXPECT_EQ(none_match("\"abcdef\""), precondition::not_modified);
    EXPECT_EQ(none_match("W/\"abcdef\""), precondition::not_modified) << "compared weakly (13.1.2)";
    EXPECT_EQ(none_match("\"abcdef\", \"1234\", \"5678\""), precondition::not_modified);
    EXPECT_EQ(none_match("\"1234\", \"abcdef\", \"5678\""), precondition::not_modified);
    EXPECT_EQ(none_match("\"1234\",, W/\"5678\" ,\"abcdef\""), precondition::not_modified);
    EXPECT_EQ(none_match(" * "), precondition::not_modified);
    EXPECT_EQ(asked({{"If-None-Match", "\"1\""}, {"If-None-Match", "\"abcdef\""}}), precondition::not_modified);
    EXPECT_EQ(asked({{"If-None-Match", "\"abcdef\""}}, "HEAD"), precondition::not_modified);
    EXPECT_EQ(none_match("\"1234\""), precondition::pass);
    EXPECT_EQ(none_match("\"ABCDEF\""), precondition::pass);
    EXPECT_EQ(none_match(""), precondition::pass);
}

TEST_F(stored_page, tags_may_hold_commas_and_backslashes) {
    etag = "\"a,b\\\"";
    EXPECT_EQ(none_match("\"x\", \"a,b\\\", \"y\""), precondition::not_modified);
    EXPECT_EQ(none_match("\"a\", \"b\\\""), precondition::pass);
    etag = "W/\"a\"";
    EXPECT_EQ(none_match("W/\"a\""), precondition::not_modified);
    EXPECT_EQ(none_match("\"open, \"a\""), precondition::pass);
}

TEST_F(stored_page, a_tag_outranks_a_date) {
    EXPECT_EQ(asked({{"If-None-Match", "\"abcdef\""}, {"If-Modified-Since", example_date(seconds{-10'000})}}),
              precondition::not_modified);
    EXPECT_EQ(asked({{"If-None-Match", "\"other\""}, {"If-Modified-Since", example_date(seconds{0})}}),
              precondition::pass);
}

TEST_F(stored_page, not_changed_since_a_date_is_not_modified) {
    EXPECT_EQ(asked({{"If-Modified-Since", example_date(seconds{-3000})}}), precondition::not_modified);
    EXPECT_EQ(asked({{"If-Modified-Since", example_date(seconds{-2000})}}), precondition::not_modified);
    EXPECT_EQ(asked({{"If-Modified-Since", example_date(seconds{-3001})}}), precondition::pass);
    EXPECT_EQ(asked({{"If-Modified-Since", "Sunday, 06-Nov-94 08:49:37 GMT"}}), precondition::not_modified);
    EXPECT_EQ(asked({{"If-Modified-Since", "yesterday"}}), precondition::pass);
    EXPECT_EQ(asked({{"If-Modified-Since", example_date(seconds{0})}, {"If-Modified-Since", example_date(seconds{0})}}),
              precondition::pass);
    EXPECT_EQ(asked({{"If-Modified-Since", example_date(seconds{0})}}, "POST"), precondition::pass);
}

TEST_F(stored_page, that_is_an_error_has_no_conditions) {
    status = 404;
    EXPECT_EQ(none_match("\"abcdef\""), precondition::pass);
    status = 301;
    EXPECT_EQ(none_match("*"), precondition::pass);
}

TEST_F(stored_page, if_match_is_for_the_origin_to_judge) {
    EXPECT_EQ(asked({{"If-Match", "\"other\""}}), precondition::pass);
    EXPECT_TRUE(is_for_origin(fields({{"If-Match", "\"other\""}})));
    EXPECT_TRUE(is_for_origin(fields({{"if-unmodified-since", example_date(seconds{0})}})));
    EXPECT_FALSE(is_for_origin(fields({{"If-None-Match", "*"}})));
    who = evaluator::origin;
    EXPECT_EQ(asked({{"If-Match", "\"other\""}}), precondition::failed);
    EXPECT_EQ(asked({{"If-Match", "W/\"abcdef\""}}), precondition::failed) << "compared strongly (13.1.1)";
    EXPECT_EQ(asked({{"If-Match", "\"x\", \"abcdef\""}}), precondition::pass);
    EXPECT_EQ(asked({{"If-Match", "*"}}), precondition::pass);
    EXPECT_EQ(asked({{"If-Unmodified-Since", example_date(seconds{-3001})}}), precondition::failed);
    EXPECT_EQ(asked({{"If-Unmodified-Since", example_date(seconds{-3000})}}), precondition::pass);
    EXPECT_EQ(asked({{"If-Match", "*"}, {"If-Unmodified-Since", example_date(seconds{-9000})}}), precondition::pass);
    EXPECT_EQ(asked({{"If-Match", "*"}, {"If-None-Match", "\"abcdef\""}}), precondition::not_modified);
    EXPECT_EQ(asked({{"If-None-Match", "*"}}, "PUT"), precondition::failed);
}

TEST(modified_when, falls_back_to_date_and_then_to_the_arrival) {
    const http_time arrival = example_now - seconds{5};
    EXPECT_EQ(modified_when({{}, example_date(seconds{-9}), example_date(seconds{-7})}, arrival, example_now),
              example_now - seconds{9});
    EXPECT_EQ(modified_when({{}, "broken", "Sun, 06 Nov 1994 08:49:30 GMT"}, arrival, example_now),
              example_now - seconds{7});
    EXPECT_EQ(modified_when({}, arrival, example_now), arrival);
}

TEST(if_range, a_tag_is_compared_strongly) {
    const validators stored{"\"a\"", {}, {}};
    EXPECT_TRUE(if_range_holds(fields({}), stored, example_now));
    EXPECT_TRUE(if_range_holds(fields({{"If-Range", "\"a\""}}), stored, example_now));
    EXPECT_FALSE(if_range_holds(fields({{"If-Range", "\"b\""}}), stored, example_now));
    EXPECT_FALSE(if_range_holds(fields({{"If-Range", "W/\"a\""}}), {"W/\"a\"", {}, {}}, example_now));
    EXPECT_FALSE(if_range_holds(fields({{"If-Range", "\"a\""}}), {}, example_now));
    EXPECT_FALSE(if_range_holds(fields({{"If-Range", "\"a\""}, {"If-Range", "\"a\""}}), stored, example_now));
}

TEST(if_range, a_date_must_be_exact_and_older_than_the_response) {
    const std::string changed = example_date(seconds{-60}), made = example_date(seconds{-59});
    EXPECT_TRUE(if_range_holds(fields({{"If-Range", changed}}), {{}, changed, made}, example_now));
    EXPECT_FALSE(if_range_holds(fields({{"If-Range", made}}), {{}, changed, made}, example_now)) << "later isn't exact";
    EXPECT_FALSE(if_range_holds(fields({{"If-Range", changed}}), {{}, changed, changed}, example_now))
        << "it could have changed again in that second";
    EXPECT_FALSE(if_range_holds(fields({{"If-Range", changed}}), {{}, changed, {}}, example_now));
    EXPECT_FALSE(if_range_holds(fields({{"If-Range", "soon"}}), {{}, changed, made}, example_now));
}

TEST(validation, asks_with_every_validator_there_is) {
    const header_fields both = validation_fields({"W/\"a\"", "then", {}});
    EXPECT_EQ(both.find("If-None-Match"), "W/\"a\"");
    EXPECT_EQ(both.find("If-Modified-Since"), "then");
    EXPECT_TRUE(validation_fields({{}, {}, example_date(seconds{0})}).empty());
}

TEST(validation, a_304_with_another_validator_is_about_something_else) {
    const std::string then = example_date(seconds{-9});
    EXPECT_TRUE(
        freshens({"\"a\"", then, {}}, fields({{"ETag", "\"a\""}, {"Last-Modified", example_date(seconds{0})}})));
    EXPECT_FALSE(freshens({"\"a\"", then, {}}, fields({{"ETag", "\"b\""}, {"Last-Modified", then}})));
    EXPECT_TRUE(freshens({"W/\"a\"", {}, {}}, fields({{"ETag", "W/\"a\""}})));
    EXPECT_TRUE(freshens({"\"a\"", {}, {}}, fields({{"ETag", "W/\"a\""}})));
    EXPECT_FALSE(freshens({"W/\"a\"", {}, {}}, fields({{"ETag", "\"a\""}}))) << "a strong one has to be the same";
    EXPECT_FALSE(freshens({{}, then, {}}, fields({{"ETag", "\"a\""}})));
    EXPECT_TRUE(freshens({{}, then, {}}, fields({{"Last-Modified", then}})));
    EXPECT_FALSE(freshens({{}, then, {}}, fields({{"Last-Modified", example_date(seconds{-8})}})));
    EXPECT_TRUE(freshens({"\"a\"", then, {}}, fields({}))) << "it answers the only validator that was sent";
}

TEST(merging, takes_every_field_of_the_update_and_keeps_the_rest) {
    const header_fields updated = merged(
        fields({{"Cache-Control", "max-age=1"}, {"Test-Header", "a"}, {"Set-Cookie", "a=1"}, {"Set-Cookie", "b=1"}}),
        fields({{"cache-control", "max-age=3600"}, {"Set-Cookie", "a=2"}, {"X-New", "n"}}));
    EXPECT_EQ(updated.combined("Cache-Control"), "max-age=3600");
    EXPECT_EQ(updated.find("Test-Header"), "a");
    EXPECT_EQ(updated.combined("Set-Cookie"), "a=2");
    EXPECT_EQ(updated.find("X-New"), "n");
}

TEST(merging, leaves_alone_what_describes_the_stored_bytes_and_what_is_of_one_connection) {
    const header_fields updated =
        merged(fields({{"Content-Length", "36"}, {"Content-Encoding", "gzip"}, {"Content-Type", "text/plain"}}),
               fields({{"Content-Length", "10"},
                       {"Content-Encoding", "br"},
                       {"Content-Range", "bytes 0-1/2"},
                       {"Content-Type", "text/html"},
                       {"Connection", "x-hop, close"},
                       {"X-Hop", "1"},
                       {"Keep-Alive", "timeout=5"},
                       {"Proxy-Authenticate", "Basic"},
                       {"Transfer-Encoding", "chunked"}}));
    EXPECT_EQ(updated.size(), 3U);
    EXPECT_EQ(updated.find("Content-Length"), "36");
    EXPECT_EQ(updated.find("Content-Encoding"), "gzip");
    EXPECT_EQ(updated.find("Content-Type"), "text/html");
}

TEST(merging, an_age_and_date_of_the_older_exchange_do_not_survive) {
    const header_fields stored = fields({{"Age", "100"}, {"Date", example_date(seconds{-100})}});
    EXPECT_TRUE(merged(stored, fields({})).empty());
    EXPECT_EQ(merged(stored, fields({{"Date", example_date(seconds{0})}})).find("date"), example_date(seconds{0}));
}

TEST(head, freshens_a_stored_get_that_it_matches) {
    const validators stored{"\"a\"", {}, {}};
    const auto answer = [](int status, std::initializer_list<header_fields::field> given) {
        return response_head{.status = status, .version = 11, .fields = fields(given)};
    };
    EXPECT_EQ(head_updates(stored, 7, answer(200, {})), head_effect::freshen);
    EXPECT_EQ(head_updates(stored, 7, answer(200, {{"ETag", "\"a\""}, {"Content-Length", "7"}})), head_effect::freshen);
    EXPECT_EQ(head_updates(stored, 7, answer(200, {{"ETag", "\"a\""}, {"Content-Length", "8"}})),
              head_effect::invalidate);
    EXPECT_EQ(head_updates(stored, 7, answer(200, {{"ETag", "\"b\""}})), head_effect::invalidate);
    EXPECT_EQ(head_updates({}, 7, answer(200, {{"ETag", "\"b\""}})), head_effect::invalidate);
    EXPECT_EQ(head_updates(stored, 7, answer(200, {{"Last-Modified", example_date(seconds{0})}})),
              head_effect::invalidate);
    EXPECT_EQ(head_updates(stored, 7, answer(410, {{"ETag", "\"b\""}})), head_effect::none);
}

}  // namespace
}  // namespace nearside::cache
