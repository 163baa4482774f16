#include "proxy/stream_topic.h"

#include "tests/unit/proxy/stream_rig.h"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>

namespace nearside::proxy {
namespace {

// What a worker does is done when the test says so; and readers are on the same thread.
class topic_bench {
public:
    explicit topic_bench(config::stream_settings settings = {}) {
        topic = std::make_shared<stream_topic>(
            stream_topic::environment{&store, &epochs, &clock, thread.get_executor()},
            std::make_shared<const config::stream_settings>(settings), stream_rig::order_of("k"), "id", "epoch");
    }

    cache::entry_ptr put(const std::string& etag, const std::string& content) {
        return put_version(store, epochs, "k", etag, content);
    }
    // As a refresh does.
    void publish(const std::string& etag, const std::string& content) {
        const cache::entry_ptr before = store.peek("k");
        topic->look(put(etag, content), before);
    }
    void work() {
        thread.restart();
        thread.run();
    }
    std::vector<std::string> told(std::optional<std::uint64_t> version, bool trouble = false) {
        std::vector<std::string> all;
        const stream_news news = topic->since({version, trouble});
        if (news.trouble) all.push_back("problem " + *news.trouble);
        for (const stream_news::event& each : news.events)
            all.push_back(std::string(each.name) + " " + std::to_string(each.sequence) + " " + *each.tail);
        return all;
    }

    boost::asio::io_context thread;
    testing::manual_clock clock;
    cache::memory_store store{{.bytes = 10'000'000, .max_entry_bytes = 10'000'000}};
    cache::tag_epochs epochs{1'000};
    std::shared_ptr<stream_topic> topic;
};

using list = std::vector<std::string>;

// Long enough for a change of a number to be little.
std::string numbered_document(int number) {
    return R"({"n":)" + std::to_string(number) + R"(,"text":")" + std::string(300, 't') + "\"}";
}
std::string snapshot(int sequence, int number) {
    const std::string at = std::to_string(sequence);
    return "snapshot " + at + R"( "etag":"v)" + std::to_string(number) + R"(","data":)" + numbered_document(number) +
           "}";
}
std::string patch(int sequence) {
    const std::string at = std::to_string(sequence);
    return "patch " + at + R"( "base":"v)" + std::to_string(sequence - 1) + R"(","etag":"v)" + at +
           R"(","ops":[{"op":"replace","path":"/n","value":)" + at + "}]}";
}

TEST(stream_topic, tells_nothing_until_there_is_a_version) {
    topic_bench at;
    EXPECT_EQ(at.told(std::nullopt), list{});
    at.publish("v1", numbered_document(1));
    EXPECT_EQ(at.told(std::nullopt), list{snapshot(1, 1)});
    EXPECT_EQ(at.told(1), list{});
}

TEST(stream_topic, a_change_is_one_patch_for_all) {
    topic_bench at;
    at.publish("v1", numbered_document(1));
    at.publish("v2", numbered_document(2));
    EXPECT_EQ(at.told(1), list{}) << "it is being made";
    EXPECT_EQ(at.told(std::nullopt), list{snapshot(1, 1)});
    at.work();
    EXPECT_EQ(at.told(1), list{patch(2)});
    EXPECT_EQ(at.topic->since({1}).events[0].tail, at.topic->since({1}).events[0].tail);
    EXPECT_EQ(at.told(std::nullopt), list{snapshot(2, 2)});
}

TEST(stream_topic, what_comes_while_a_patch_is_made_is_one_change_with_the_last_of_it) {
    topic_bench at;
    at.publish("v1", numbered_document(1));
    at.publish("v2", numbered_document(2));
    at.publish("v9", numbered_document(9));
    at.publish("v3", numbered_document(3));
    at.work();
    EXPECT_EQ(at.told(1), (list{patch(2), patch(3)}));
}

TEST(stream_topic, a_view_that_is_made_again_and_the_same_is_no_change) {
    topic_bench at;
    at.publish("v1", numbered_document(1));
    at.publish("v1", numbered_document(1));
    at.work();
    EXPECT_EQ(at.told(1), list{});
}

TEST(stream_topic, of_versions_that_come_late_the_stored_one_counts) {
    topic_bench at;
    at.publish("v1", numbered_document(1));
    const cache::entry_ptr late = at.put("v2", numbered_document(2));
    const cache::entry_ptr newer = at.put("v3", numbered_document(3));
    at.topic->look(newer, nullptr);
    at.topic->look(late, nullptr);
    at.work();
    EXPECT_EQ(at.topic->etag(), "v3");
}

TEST(stream_topic, what_changed_much_is_told_whole) {
    topic_bench at;
    at.publish("v1", numbered_document(1));
    at.publish("v2", R"({"other":[1,2,3]})");
    at.work();
    EXPECT_EQ(at.told(1), list{R"(snapshot 2 "etag":"v2","data":{"other":[1,2,3]}})"});
}

TEST(stream_topic, a_large_view_is_announced_but_its_patches_are_sent) {
    topic_bench at({.snapshot_limit = 100});
    at.publish("v1", numbered_document(1));
    EXPECT_EQ(at.told(std::nullopt), list{R"(changed 1 "etag":"v1"})"});
    at.publish("v2", numbered_document(2));
    at.work();
    EXPECT_EQ(at.told(1), list{patch(2)});
}

TEST(stream_topic, who_is_too_far_behind_gets_the_latest_version_alone) {
    topic_bench at({.buffer = 150});
    for (int number = 1; number <= 4; ++number) {
        at.publish("v" + std::to_string(number), numbered_document(number));
        at.work();
    }
    EXPECT_EQ(at.told(3), list{patch(4)});
    EXPECT_EQ(at.told(1), list{snapshot(4, 4)});
}

TEST(stream_topic, what_was_invalidated_hard_is_told_to_nobody) {
    topic_bench at;
    at.publish("v1", numbered_document(1));
    EXPECT_FALSE(at.topic->newly_struck());
    at.epochs.invalidate({.views = {"board"}, .how = cache::invalidation::hard});
    EXPECT_TRUE(at.topic->newly_struck());
    EXPECT_FALSE(at.topic->newly_struck()) << "once";
    EXPECT_EQ(at.told(std::nullopt), list{});
    at.publish("v2", numbered_document(2));
    at.work();
    EXPECT_EQ(at.told(1), list{patch(2)});
    EXPECT_FALSE(at.topic->newly_struck());
}

TEST(stream_topic, what_was_invalidated_softly_is_told_until_there_is_another_version) {
    topic_bench at;
    at.publish("v1", numbered_document(1));
    at.epochs.invalidate({.views = {"board"}, .how = cache::invalidation::soft});
    EXPECT_TRUE(at.topic->newly_struck());
    EXPECT_EQ(at.told(std::nullopt), list{snapshot(1, 1)});
}

TEST(stream_topic, its_end_is_all_that_is_told_then) {
    topic_bench at;
    at.publish("v1", numbered_document(1));
    at.topic->end({problem_tail(R"({"status":403})")});
    at.topic->end({});
    const stream_news news = at.topic->since({});
    EXPECT_TRUE(news.events.empty());
    EXPECT_EQ(*news.end->problem, R"("status":403})");
}

TEST(stream_topic, knows_what_it_has_looked_at_before_it_is_told) {
    topic_bench at;
    EXPECT_FALSE(at.topic->has_looked_at("v1"));
    at.publish("v1", numbered_document(1));
    at.publish("v2", numbered_document(2));
    EXPECT_TRUE(at.topic->has_looked_at("v2")) << "its patch is being made";
    EXPECT_FALSE(at.topic->has_looked_at("v1"));
}

// A client that believes what it is told, as long as that fits to what it has.
struct topic_client {
    std::uint64_t position = 0;  // 0: it has nothing
    int version = 0;
    bool trouble = false;
    std::vector<int> seen;

    static int number_after(std::string_view text, std::string_view mark) {
        return std::stoi(std::string(text.substr(text.find(mark) + mark.size())));
    }
    void read(stream_topic& topic, std::size_t most_events) {
        const stream_news news = topic.since({position == 0 ? std::nullopt : std::optional(position), trouble});
        if (news.trouble) {
            ASSERT_FALSE(trouble) << "told twice";
            ASSERT_TRUE(news.events.empty());
            trouble = true;
        }
        for (const stream_news::event& each : news.events) {
            if (most_events-- == 0) return;
            if (each.name == "patch") {
                ASSERT_EQ(number_after(*each.tail, R"("base":"v)"), version);
                ASSERT_EQ(number_after(*each.tail, R"("value":)"), number_after(*each.tail, R"("etag":"v)"));
            } else {
                ASSERT_EQ(number_after(*each.tail, R"("n":)"), number_after(*each.tail, R"("etag":"v)"));
            }
            version = number_after(*each.tail, R"("etag":"v)");
            seen.push_back(version);
            if (std::exchange(trouble, false))
                ASSERT_GE(each.sequence, position);
            else
                ASSERT_GT(each.sequence, position);
            position = each.sequence;
        }
    }
};

TEST(stream_topic, whatever_the_order_of_things_each_client_sees_real_versions_in_order_and_ends_at_the_latest) {
    for (std::uint64_t seed = 0; seed < 2'000; ++seed) {
        std::mt19937_64 random(seed);
        topic_bench at({.history = static_cast<std::uint32_t>(random() % 4), .buffer = random() % 400});
        std::array<topic_client, 4> clients;
        int version = 0;
        for (int turn = 0; turn < 60; ++turn) {
            topic_client& one = clients.at(random() % clients.size());
            switch (random() % 5) {
                case 0:
                    if (version == 0 || random() % 4 > 0) ++version;
                    at.publish("v" + std::to_string(version), numbered_document(version));
                    break;
                case 1:
                    at.work();
                    break;
                case 2:
                    at.topic->be_in_trouble(problem_tail(R"({"status":502})"), true);
                    break;
                case 3:
                    one.read(*at.topic, 1 + random() % 3);  // cut off after some of it
                    break;
                default:
                    if (random() % 8 == 0) one.position = 0;  // it comes back without an id
                    if (random() % 4 == 0) one.trouble = false;
                    break;
            }
        }
        ++version;
        at.publish("v" + std::to_string(version), numbered_document(version));
        at.work();
        for (topic_client& each : clients) {
            each.read(*at.topic, 1'000);
            ASSERT_EQ(each.version, version) << "seed " << seed;
            ASSERT_FALSE(each.trouble) << "seed " << seed;
            ASSERT_TRUE(std::is_sorted(each.seen.begin(), each.seen.end())) << "seed " << seed;
        }
    }
}

struct counting_reader final : stream_reader {
    void on_change() noexcept override { ++woken; }
    int woken = 0;
};

TEST(stream_topic, wakes_those_who_read_it_on_their_thread) {
    topic_bench at;
    counting_reader reader, left;
    const auto membership = at.topic->readers().join(at.thread.get_executor(), reader);
    at.topic->readers().join(at.thread.get_executor(), left).reset();
    EXPECT_EQ(at.topic->readers().count(), 1u);
    at.publish("v1", numbered_document(1));
    EXPECT_EQ(reader.woken, 0);
    at.work();
    EXPECT_EQ(reader.woken, 1);
    EXPECT_EQ(left.woken, 0);
}

TEST(stream_topic, makes_an_event_once_for_all_who_have_seen_as_much) {
    topic_bench at;
    EXPECT_EQ(at.topic->ready_since(std::nullopt, "\"/a\"").text, nullptr);
    at.publish("v1", numbered_document(1));
    at.publish("v2", numbered_document(2));
    at.work();
    const stream_topic::ready_event one = at.topic->ready_since(1, "\"/a\"");
    ASSERT_NE(one.text, nullptr);
    EXPECT_EQ(one.name, "patch");
    EXPECT_EQ(one.sequence, 2U);
    const std::string tail = *at.topic->since({1}).events.at(0).tail;
    EXPECT_EQ(*one.text, "event: patch\nid: epoch-2\ndata: {\"view\":\"/a\"," + tail + "\n\n");
    EXPECT_EQ(at.topic->ready_since(1, "\"/a\"").text, one.text);
    // Another way to write the URL, another position.
    EXPECT_EQ(at.topic->ready_since(1, "\"/b\"").text->find("/a"), std::string::npos);
    EXPECT_EQ(at.topic->ready_since(std::nullopt, "\"/a\"").name, "snapshot");
    EXPECT_EQ(at.topic->ready_since(2, "\"/a\"").text, nullptr);

    at.publish("v3", numbered_document(3));
    at.work();
    EXPECT_EQ(at.topic->ready_since(2, "\"/a\"").sequence, 3U);
    // Several: since() tells.
    EXPECT_EQ(at.topic->ready_since(1, "\"/a\"").text, nullptr);
}

TEST(stream_topic, what_is_gone_is_not_ready_any_more) {
    topic_bench at;
    at.publish("v1", numbered_document(1));
    ASSERT_NE(at.topic->ready_since(std::nullopt, "\"/a\"").text, nullptr);
    at.epochs.invalidate({.views = {"board"}, .how = cache::invalidation::hard});
    EXPECT_EQ(at.topic->ready_since(std::nullopt, "\"/a\"").text, nullptr);
}

TEST(stream_topic, what_is_gone_is_told_to_nobody_though_the_store_has_let_go_of_it) {
    topic_bench at;
    at.publish("v1", numbered_document(1));
    at.publish("v2", numbered_document(2));
    at.work();
    at.epochs.invalidate({.views = {"board"}, .how = cache::invalidation::hard});
    at.store.erase("k");
    EXPECT_EQ(at.told(std::nullopt), list{});
    EXPECT_EQ(at.told(1), list{});
    EXPECT_EQ(at.topic->ready_since(1, "\"/a\"").text, nullptr);
}

TEST(stream_topic, what_is_gone_is_no_step_to_what_follows_but_for_who_has_seen_it) {
    topic_bench at;
    for (const int number : {1, 2}) {
        at.publish("v" + std::to_string(number), numbered_document(number));
        at.work();
    }
    at.epochs.invalidate({.views = {"board"}, .how = cache::invalidation::hard});
    at.publish("v3", numbered_document(3));
    at.work();
    EXPECT_EQ(at.told(1), list{snapshot(3, 3)});
    EXPECT_EQ(at.told(2), list{patch(3)});
}

TEST(stream_topic, what_was_gone_and_is_made_again_the_same_is_told_to_who_waited_for_it) {
    topic_bench at;
    counting_reader reader;
    at.publish("v1", numbered_document(1));
    at.publish("v2", numbered_document(2));
    at.work();
    const auto membership = at.topic->readers().join(at.thread.get_executor(), reader);
    at.epochs.invalidate({.views = {"board"}, .how = cache::invalidation::hard});
    EXPECT_EQ(at.told(1), list{});
    at.publish("v2", numbered_document(2));
    at.work();
    EXPECT_EQ(reader.woken, 1);
    EXPECT_EQ(at.told(1), list{snapshot(2, 2)});
}

// What is stored may be shown for one second, and for two where the upstream is in trouble.
struct troubled_topic : topic_bench {
    void publish_for_a_while(int number) {
        const cache::entry_ptr before = store.peek("k");
        topic->look(store_for_a_while(number), before);
        work();
    }
    cache::entry_ptr store_for_a_while(int number) {
        auto made = std::make_shared<cache::entry>();
        made->key = "k";
        response_head head;
        head.fields.append("ETag", "v" + std::to_string(number));
        made->head = prepared_head(head);
        made->content = body(numbered_document(number));
        made->stamp = epochs.now();
        made->born = clock.wall_now();
        made->lives = {.fresh = milliseconds{1'000}, .stale = milliseconds{0}, .stale_if_error = milliseconds{1'000}};
        store.put(made);
        return made;
    }
    void fail(bool older_may_stand_in = true) {
        topic->be_in_trouble(problem_tail(R"({"status":502})"), older_may_stand_in);
    }
    list problem{R"(problem "status":502})"};
};

TEST(stream_topic, that_nothing_may_be_shown_any_more_is_told_once_and_then_what_ends_it) {
    troubled_topic at;
    counting_reader reader;
    at.publish_for_a_while(1);
    const auto membership = at.topic->readers().join(at.thread.get_executor(), reader);
    at.clock.advance(milliseconds{1'500});
    at.fail();
    EXPECT_EQ(at.told(1), list{}) << "the older one stands in";
    at.clock.advance(milliseconds{600});
    at.fail();
    at.fail();
    at.work();
    EXPECT_EQ(reader.woken, 1);
    EXPECT_EQ(at.told(1), at.problem);
    EXPECT_EQ(at.told(std::nullopt), at.problem) << "nobody is shown what is too old";
    EXPECT_EQ(at.told(1, true), list{});
    at.topic->look(nullptr, nullptr);
    EXPECT_EQ(at.told(1, true), list{}) << "it is as old as before";
    at.publish_for_a_while(1);
    EXPECT_EQ(reader.woken, 2);
    EXPECT_EQ(at.told(1, true), list{snapshot(1, 1)}) << "the same, and it may be shown";
    EXPECT_EQ(at.told(1), list{});
}

TEST(stream_topic, after_trouble_the_next_version_is_a_patch_for_who_has_the_one_before) {
    troubled_topic at;
    at.publish_for_a_while(1);
    at.fail(false);
    EXPECT_EQ(at.told(1), list{}) << "it is fresh";
    at.clock.advance(milliseconds{1'001});
    at.fail(false);
    EXPECT_EQ(at.told(1), at.problem) << "it isn't the upstream's trouble";
    const cache::entry_ptr before = at.store.peek("k");
    at.topic->look(at.put("v2", numbered_document(2)), before);
    EXPECT_EQ(at.told(1, true), list{}) << "the patch is being made, and what was before is still too old";
    EXPECT_EQ(at.told(1), list{}) << "nor is trouble news any more";
    EXPECT_FALSE(at.topic->in_trouble());
    at.work();
    EXPECT_EQ(at.told(1, true), list{patch(2)});
    EXPECT_EQ(at.told(2), list{});
}

TEST(stream_topic, trouble_ends_with_a_failure_that_an_older_copy_may_stand_in_for) {
    troubled_topic at;
    at.publish_for_a_while(1);
    at.clock.advance(milliseconds{1'001});
    at.fail(false);
    EXPECT_EQ(at.told(1), at.problem);
    at.fail(true);
    EXPECT_EQ(at.told(1, true), list{snapshot(1, 1)});
    EXPECT_EQ(at.told(1), list{});
}

TEST(stream_topic, trouble_ends_with_what_somebody_else_has_brought_into_the_store) {
    troubled_topic at;
    at.publish_for_a_while(1);
    at.clock.advance(milliseconds{3'000});
    at.fail();
    EXPECT_EQ(at.told(1), at.problem);
    at.store_for_a_while(2);
    at.fail();
    at.work();
    EXPECT_EQ(at.told(1, true), list{snapshot(2, 2)});
}

TEST(stream_topic, what_was_invalidated_and_cannot_be_made_anew_is_told) {
    troubled_topic at;
    at.publish_for_a_while(1);
    at.epochs.invalidate({.views = {"board"}, .how = cache::invalidation::hard});
    EXPECT_EQ(at.told(1), list{});
    at.fail();
    EXPECT_EQ(at.told(1), at.problem);
    at.publish_for_a_while(1);
    EXPECT_EQ(at.told(1, true), list{snapshot(1, 1)});
}

TEST(stream_topic, what_is_struck_on_its_way_is_newly_struck_though_what_it_replaces_was) {
    topic_bench at;
    at.publish("v1", numbered_document(1));
    at.epochs.invalidate({.views = {"board"}, .how = cache::invalidation::hard});
    EXPECT_TRUE(at.topic->newly_struck());
    // It is being made anew, and invalidated meanwhile.
    const cache::entry_ptr before = at.store.peek("k");
    const cache::entry_ptr made = at.put("v2", numbered_document(2));
    at.epochs.invalidate({.views = {"board"}, .how = cache::invalidation::hard});
    at.topic->look(made, before);
    EXPECT_TRUE(at.topic->newly_struck());
    EXPECT_FALSE(at.topic->newly_struck());
    at.topic->look(made, before);
    EXPECT_FALSE(at.topic->newly_struck()) << "the same";
    EXPECT_EQ(at.told(std::nullopt), list{});
}

TEST(stream_topic, what_has_taken_the_place_of_the_latest_is_told_instead) {
    topic_bench at;
    at.publish("v1", numbered_document(1));
    at.put("v2", numbered_document(2));
    EXPECT_EQ(at.told(std::nullopt), list{snapshot(2, 2)}) << "nobody has said so yet";
    at.put("v2", numbered_document(2));
    EXPECT_EQ(at.told(1), list{snapshot(2, 2)}) << "the same again";
}

}  // namespace
}  // namespace nearside::proxy
