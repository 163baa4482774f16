#include "proxy/stream_feed.h"

#include "tests/unit/proxy/stream_rig.h"

#include <gmock/gmock.h>

namespace nearside::proxy {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

std::string text_of(const stream_feed::piece& piece) {
    std::string text = piece.ready ? *piece.ready : std::string();
    text += piece.text;
    if (piece.large) text.append(*piece.large).append(event_end);
    return text;
}

// Too long for an event to be written along with others, nor is any of it like the one before.
std::string long_document(int number) {
    const auto letter = static_cast<char>('a' + number % 26);
    return R"({"n":)" + std::to_string(number) + R"(,"text":")" + std::string(20'000, letter) + "\"}";
}
std::string short_document(int number) {
    return R"({"n":)" + std::to_string(number) + "}";
}

class followed_feed {
public:
    followed_feed(stream_rig& rig, const std::vector<std::string>& views, stream_feed::options of = {})
        : feed(rig.hub, std::move(of), views) {
        for (std::size_t at = 0; at < views.size(); ++at)
            feed.follow(at, rig.topic_of(views[at]));
    }
    std::string next() { return text_of(feed.next(false)); }
    stream_feed feed;
};

TEST(stream_feed, tells_the_news_of_all_views_and_then_nothing) {
    stream_rig rig;
    rig.put("/a", "a1", short_document(1));
    rig.put("/b", "b1", short_document(1));
    followed_feed of(rig, {"/a", "/b"});
    EXPECT_THAT(of.next(), AllOf(HasSubstr(R"("view":"/a","etag":"a1")"), HasSubstr(R"("view":"/b","etag":"b1")")));
    EXPECT_THAT(of.next(), IsEmpty());
    rig.publish("/b", "b2", short_document(2));
    EXPECT_THAT(of.next(), AllOf(HasSubstr("b2"), Not(HasSubstr("/a"))));
}

TEST(stream_feed, beats_only_where_there_is_nothing_to_be_told) {
    stream_rig rig;
    rig.put("/a", "a1", short_document(1));
    followed_feed of(rig, {"/a"});
    EXPECT_THAT(text_of(of.feed.next(true)), HasSubstr("snapshot"));
    EXPECT_EQ(text_of(of.feed.next(true)), heartbeat_comment);
    EXPECT_EQ(rig.hub.count().heartbeats.value(), 1u);
}

TEST(stream_feed, a_view_that_always_has_a_large_event_leaves_the_others_their_turns) {
    stream_rig rig;
    rig.put("/large", "v0", long_document(0));
    rig.put("/b", "b1", short_document(1));
    rig.put("/c", "c1", short_document(1));
    followed_feed of(rig, {"/large", "/b", "/c"});
    std::string told;
    for (int number = 1; number <= 3; ++number) {
        const stream_feed::piece piece = of.feed.next(false);
        EXPECT_TRUE(piece.is_full);
        told += text_of(piece);
        rig.publish("/large", "v" + std::to_string(number), long_document(number));
    }
    EXPECT_THAT(told, AllOf(HasSubstr("/large"), HasSubstr("b1"), HasSubstr("c1")));
}

TEST(stream_feed, who_may_see_no_more_is_told_nothing_though_there_is_always_more) {
    stream_rig rig;
    rig.put("/large", "v0", long_document(0));
    rig.put("/b", "b1", short_document(1));
    followed_feed of(rig, {"/large", "/b"}, {.expires = rig.clock.wall_now() + std::chrono::seconds(10), .seen = {}});
    EXPECT_THAT(of.next(), HasSubstr("v0"));
    rig.publish("/large", "v1", long_document(1));
    rig.clock.advance(std::chrono::seconds(10));
    const stream_feed::piece piece = of.feed.next(false);
    EXPECT_EQ(piece.ended, &rig.hub.count().ended_expired);
    EXPECT_THAT(text_of(piece), AllOf(StartsWith("retry: "), Not(HasSubstr("data"))));
}

TEST(stream_feed, nor_is_who_is_told_what_all_are_told_alike) {
    stream_rig rig;
    rig.put("/a", "a1", short_document(1));
    followed_feed of(rig, {"/a"}, {.expires = rig.clock.wall_now() + std::chrono::seconds(10), .seen = {}});
    const stream_topic::ready_event first = of.feed.ready();
    ASSERT_TRUE(first.text);
    of.feed.was_written(first);
    rig.publish("/a", "a2", short_document(2));
    EXPECT_TRUE(of.feed.ready().text);
    rig.clock.advance(std::chrono::seconds(10));
    EXPECT_FALSE(of.feed.ready().text);
}

TEST(stream_feed, who_is_to_go_elsewhere_goes_at_once) {
    stream_rig rig;
    rig.put("/large", "v0", long_document(0));
    followed_feed of(rig, {"/large", "/b"});
    rig.hub.move_away();
    const stream_feed::piece piece = of.feed.next(false);
    EXPECT_EQ(piece.ended, &rig.hub.count().ended_moved);
    EXPECT_THAT(text_of(piece), Not(HasSubstr("data")));
}

TEST(stream_feed, what_failed_is_told_and_a_stream_of_nothing_else_ends) {
    stream_rig rig;
    stream_feed feed(rig.hub, {}, {"/a", "/b"});
    feed.fail(0, make_problem(404, "not_found", "no such view"));
    const stream_feed::piece first = feed.next(false);
    EXPECT_THAT(text_of(first), AllOf(HasSubstr("event: problem"), HasSubstr(R"("view":"/a")")));
    EXPECT_EQ(first.ended, nullptr) << "the other one is still being opened";
    feed.fail(1, make_problem(403, "upstream_status", "no"));
    const stream_feed::piece last = feed.next(false);
    EXPECT_THAT(text_of(last), AllOf(HasSubstr(R"("view":"/b")"), HasSubstr("retry: ")));
    EXPECT_EQ(last.ended, &rig.hub.count().ended_problem);
}

TEST(stream_feed, what_failed_for_now_is_told_once_and_followed) {
    stream_rig rig;
    stream_feed feed(rig.hub, {}, {"/a"});
    feed.fail(0, make_problem(502, "upstream_status", "not now"));
    feed.follow(0, rig.topic_of("/a"));
    const stream_feed::piece first = feed.next(false);
    EXPECT_THAT(text_of(first), HasSubstr("event: problem"));
    EXPECT_EQ(first.ended, nullptr);
    EXPECT_THAT(text_of(feed.next(false)), IsEmpty());
    rig.publish("/a", "a1", short_document(1));
    EXPECT_THAT(text_of(feed.next(false)), HasSubstr("a1"));
}

TEST(stream_feed, that_a_view_cannot_be_told_for_now_is_told_in_its_turn) {
    stream_rig rig;
    rig.put("/a", "a1", short_document(1));
    rig.put("/b", "b1", short_document(1));
    followed_feed of(rig, {"/a", "/b"});
    of.next();
    rig.hub.failed("/a", make_problem(502, "upstream_status", "not now"), true);
    const stream_feed::piece told = of.feed.next(false);
    EXPECT_THAT(text_of(told), AllOf(HasSubstr("event: problem"), HasSubstr(R"("view":"/a")"), Not(HasSubstr("/b"))));
    EXPECT_EQ(told.ended, nullptr);
    EXPECT_THAT(of.next(), IsEmpty());
    rig.publish("/b", "b2", short_document(2));
    EXPECT_THAT(of.next(), HasSubstr("b2"));
    rig.publish("/a", "a1", short_document(1));
    EXPECT_THAT(of.next(), HasSubstr("event: snapshot"));
    EXPECT_THAT(of.next(), IsEmpty());
}

TEST(stream_feed, who_resumes_a_view_that_failed_learns_when_it_can_be_told_again) {
    stream_rig rig;
    rig.put("/a", "a1", short_document(1));
    followed_feed of(rig, {"/a"});
    of.next();
    const std::string at = rig.topic_of("/a")->epoch() + "-1";
    stream_feed again(rig.hub, {.seen = stream_positions(at)}, {"/a"});
    const problem why = make_problem(502, "upstream_status", "not now");
    again.fail(0, why);
    again.follow(0, rig.hub.topic_of_failed(stream_rig::order_of("/a"), why, true));
    EXPECT_THAT(text_of(again.next(false)), HasSubstr("event: problem"));
    EXPECT_THAT(text_of(again.next(false)), IsEmpty());
    EXPECT_THAT(of.next(), HasSubstr("event: problem")) << "the others learn of it, too";
    rig.publish("/a", "a1", short_document(1));
    EXPECT_THAT(text_of(again.next(false)), HasSubstr("a1"));
    EXPECT_THAT(of.next(), HasSubstr("a1"));
}

TEST(stream_feed, a_view_that_is_refused_later_ends_with_its_problem) {
    stream_rig rig;
    rig.put("/a", "a1", short_document(1));
    followed_feed of(rig, {"/a"});
    EXPECT_THAT(of.next(), HasSubstr("a1"));
    rig.hub.refused("/a", make_problem(403, "upstream_status", "no more"));
    const stream_feed::piece last = of.feed.next(false);
    EXPECT_THAT(text_of(last), HasSubstr("event: problem"));
    EXPECT_EQ(last.ended, &rig.hub.count().ended_problem);
}

}  // namespace
}  // namespace nearside::proxy
