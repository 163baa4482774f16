#include "proxy/upstream_lines.h"

#include "tests/unit/proxy/upstream_fetch_rig.h"

#include <gmock/gmock.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace nearside::proxy {
namespace {

using aggregators::call_id;
using aggregators::fetch_request;

// What is asked for, as the origin's scripts see it.
std::string target_of(const std::string& head) {
    const auto from = head.find(' ') + 1;
    return head.substr(from, head.find(' ', from) - from);
}

// Calls of one run to an upstream that takes three on a connection, and has one connection.
class upstream_lines_test : public upstream_fetch_rig {
protected:
    upstream_lines_test() {
        settings_.pipeline = 3;
        settings_.max_connections = 1;
        settings_.retries = 0;
    }
    // `parallel` 0: it is of no group.
    call_id start(std::string target, std::uint32_t parallel = 0, std::optional<milliseconds> timeout = {}) {
        const call_id call = next_++;
        fetch_request request{
            .upstream = "incl", .target = std::move(target), .timeout = timeout, .parallel = parallel, .group = 7};
        fetcher_->start(call, std::move(request), sink_);
        return call;
    }
    std::vector<call_id> start_many(int count, std::uint32_t parallel = 0) {
        std::vector<call_id> calls;
        for (int each = 0; each < count; ++each)
            calls.push_back(start("/" + std::to_string(each), parallel));
        return calls;
    }
    // The document, or the error's name.
    std::string outcome_of(call_id call) {
        const auto& outcome = wait_for(call);
        return outcome ? std::string(outcome->document.view()) : std::string(to_string(outcome.error().code));
    }
    void expect_all(const std::vector<call_id>& calls, std::string_view outcome = "{}") {
        for (const call_id call : calls)
            EXPECT_EQ(outcome_of(call), outcome);
    }
    // The upstream has kept a connection, and has answered a call that was sent behind another one.
    void open_and_try() {
        open();
        ASSERT_TRUE(fetch("/first"));
        const std::vector<call_id> tried{start("/second", 1), start("/third", 1)};
        ASSERT_EQ(outcome_of(tried[0]), "/second");
        ASSERT_EQ(outcome_of(tried[1]), "/third");
        ASSERT_EQ(pool_->pipelining().now_in(), pipelining_trial::state::good);
    }
    // The origin's part of that; on the first connection.
    static void answer_trial(fake_peer& peer) {
        EXPECT_EQ(target_of(peer.read_head()), "/first");
        peer.answer("/first");
        EXPECT_EQ(target_of(peer.read_head()), "/second");
        EXPECT_EQ(target_of(peer.read_head()), "/third");
        peer.answer("/second");
        peer.answer("/third");
    }
    // Notes what it is asked for; holds before the first answer.
    void note_and_answer(fake_peer& peer) {
        for (std::string head = peer.read_head(); !head.empty(); head = peer.read_head()) {
            if (asked_.empty()) origin_->hold();
            asked_.push_back(target_of(head));
            peer.answer("{}");
        }
    }
    static void read(fake_peer& peer, int heads) {
        for (int each = 0; each < heads; ++each)
            peer.read_head();
    }
    // Answers nothing but the trial until it is released.
    void play_held() {
        play([&](fake_peer& peer) {
            answer_trial(peer);
            origin_->hold();
            answer_all(peer);
        });
    }
    ~upstream_lines_test() override {
        if (pools_) pools_->shutdown();
        origin_.reset();  // whose scripts use what follows
    }
    // Since the trial.
    std::uint64_t pipelined() const { return pool_->counts().pipelined - 1; }

    std::vector<std::string> asked_;
    std::atomic<int> read_{0}, at_work_{0}, most_{0}, answered_{0};
    std::atomic<bool> all_read_{false}, begun_{false};
};

TEST_F(upstream_lines_test, calls_that_get_no_connection_go_behind_others_and_are_answered_in_their_order) {
    play([&](fake_peer& peer) {
        answer_trial(peer);
        for (int each = 0; each < 3; ++each)
            asked_.push_back(target_of(peer.read_head()));
        for (const std::string& each : asked_)
            peer.answer(each);
        answer_all(peer);
    });
    open_and_try();
    const std::vector<call_id> calls{start("/a"), start("/b"), start("/c")};
    EXPECT_EQ(outcome_of(calls[0]), "/a");
    EXPECT_EQ(outcome_of(calls[1]), "/b");
    EXPECT_EQ(outcome_of(calls[2]), "/c");
    EXPECT_EQ(asked_, (std::vector<std::string>{"/a", "/b", "/c"}));
    EXPECT_EQ(pipelined(), 2u);
    EXPECT_EQ(pool_->counts().connects, 1u);
    EXPECT_EQ(pool_->counts().idle, 1u) << "the connection goes on";
    EXPECT_TRUE(fetch("/d"));
}

TEST_F(upstream_lines_test, answers_are_told_apart_wherever_the_bytes_are_cut) {
    const std::string large(400'000, 'x');
    std::string all;
    for (const std::string& content : {std::string("/a"), large, std::string("/c")})
        all += "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(content.size()) + "\r\n\r\n" + content;
    for (const std::size_t cut : {std::size_t{1}, std::size_t{39}, std::size_t{41}, std::size_t{60}, all.size() - 50}) {
        play([&](fake_peer& peer) {
            answer_trial(peer);
            read(peer, 3);
            peer.send(std::string_view(all).substr(0, cut));
            peer.send(std::string_view(all).substr(cut));
            peer.sees_the_end();
        });
        open_and_try();
        const std::vector<call_id> calls{start("/a"), start("/b"), start("/c")};
        EXPECT_EQ(outcome_of(calls[0]), "/a") << cut;
        EXPECT_EQ(outcome_of(calls[1]), large) << cut;
        EXPECT_EQ(outcome_of(calls[2]), "/c") << cut;
        pools_->shutdown();
        sink_->heard.clear();
    }
}

TEST_F(upstream_lines_test, no_more_than_pipeline_says_go_on_a_connection) {
    play([&](fake_peer& peer) {
        answer_trial(peer);
        for (int each = 0; each < 3; ++each, ++read_)
            peer.read_head();
        for (const char* each : {"a", "b", "c"})
            peer.answer(each);
        while (!peer.read_head().empty()) {
            ++read_;
            peer.answer("later");
        }
    });
    open_and_try();
    std::vector<call_id> calls;
    for (const char* target : {"/a", "/b", "/c", "/d"})
        calls.push_back(start(target));
    EXPECT_EQ(outcome_of(calls[3]), "later");
    EXPECT_EQ(read_, 4);
    EXPECT_EQ(pipelined(), 3u) << "the last one once the first was answered";
}

TEST_F(upstream_lines_test, while_the_upstream_has_not_kept_a_connection_nobody_goes_behind) {
    for (const char* told :
         {"HTTP/1.1 200 OK\r\nConnection: close\r\n", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n"}) {
        play([&](fake_peer& peer) {
            while (!peer.read_head().empty())
                peer.send(std::string(told) + "Content-Length: 2\r\n\r\n{}");
        });
        open();
        for (const call_id call : {start("/a"), start("/b"), start("/c")})
            EXPECT_EQ(outcome_of(call), "{}");
        EXPECT_EQ(pool_->counts().pipelined, 0u) << told;
        EXPECT_EQ(pool_->pipelining().now_in(), pipelining_trial::state::unknown);
        pools_->shutdown();
        sink_->heard.clear();
    }
}

TEST_F(upstream_lines_test, one_call_behind_another_is_tried_before_more_are) {
    play([&](fake_peer& peer) {
        EXPECT_EQ(target_of(peer.read_head()), "/first");
        peer.answer("{}");
        for (; !peer.read_head().empty(); ++read_) {
            if (read_ < 2) origin_->hold();
            peer.answer("{}");
        }
    });
    open();
    ASSERT_TRUE(fetch("/first"));
    const std::vector<call_id> calls = start_many(6, 1);
    run_until(io_, [&] { return pool_->counts().pipelined == 1; });
    EXPECT_EQ(pool_->pipelining().now_in(), pipelining_trial::state::trying);
    origin_->release();
    expect_all(calls);
    EXPECT_EQ(pool_->pipelining().now_in(), pipelining_trial::state::good);
    EXPECT_GT(pipelined(), 1u);
}

TEST_F(upstream_lines_test, where_the_pool_has_room_each_call_has_a_connection_of_its_own) {
    settings_.max_connections = 3;
    play([&](fake_peer& peer) {
        if (peer.number == 0) answer_trial(peer);
        answer_all(peer);
    });
    open_and_try();
    expect_all({start("/a"), start("/b"), start("/c")});
    EXPECT_EQ(pipelined(), 0u);
}

TEST_F(upstream_lines_test, a_group_has_no_more_connections_than_its_parallel_although_there_is_room) {
    settings_.max_connections = 8;
    play([&](fake_peer& peer) {
        if (peer.number == 0) answer_trial(peer);
        std::vector<std::string> asked;
        for (int each = 0; each < 3; ++each, ++read_)
            asked.push_back(target_of(peer.read_head()));
        if (read_ == 6) origin_->release();
        origin_->hold();
        for (const std::string& each : asked)
            peer.answer(each);
        peer.sees_the_end();
    });
    open_and_try();
    // The second connection is opened for /b; who comes meanwhile waits for one that it can go behind.
    std::vector<call_id> calls{start("/a", 2), start("/b", 2)};
    for (const char* target : {"/c", "/d", "/e", "/f"})
        calls.push_back(start(target, 2));
    for (std::size_t at = 0; at < calls.size(); ++at)
        EXPECT_EQ(outcome_of(calls[at]), std::string("/") + static_cast<char>('a' + at));
    EXPECT_EQ(pipelined(), 4u);
    EXPECT_EQ(pool_->counts().connects, 2u);
}

TEST_F(upstream_lines_test, the_upstream_works_on_no_more_than_parallel_whatever_becomes_of_its_connections) {
    settings_.max_connections = 16;
    play([&](fake_peer& peer) {
        if (peer.number == 0) answer_trial(peer);
        while (!peer.read_head().empty()) {
            const int now = ++at_work_;
            for (int before = most_; before < now && !most_.compare_exchange_weak(before, now);) {
            }
            std::this_thread::sleep_for(milliseconds(1));  // the work
            --at_work_;
            const bool closes = ++answered_ % 3 == 0;
            peer.answer("{}", closes ? "Connection: close\r\n" : "");
            if (closes) return;
        }
    });
    open_and_try();
    const std::vector<call_id> calls = start_many(40, 2);
    expect_all(calls);
    EXPECT_LE(most_, 2);
    EXPECT_EQ(pool_->counts().in_use, 0u);
}

TEST_F(upstream_lines_test, groups_do_not_go_behind_each_other) {
    settings_.max_connections = 2;
    play([&](fake_peer& peer) {
        if (peer.number == 0) answer_trial(peer);
        while (!peer.read_head().empty()) {
            origin_->hold();
            peer.answer(std::to_string(peer.number));
        }
    });
    open_and_try();
    std::vector<call_id> of_group, alone;
    for (int each = 0; each < 3; ++each)
        of_group.push_back(start("/g", 1));
    for (int each = 0; each < 3; ++each)
        alone.push_back(start("/a"));
    run_until(io_, [&] { return pipelined() == 4; });
    origin_->release();
    expect_all(of_group, "0");
    expect_all(alone, "1");
}

TEST_F(upstream_lines_test, while_somebody_else_waits_for_a_connection_nobody_goes_behind) {
    play([&](fake_peer& peer) {
        answer_trial(peer);
        note_and_answer(peer);
    });
    open_and_try();
    const std::vector<call_id> calls = start_many(30);
    run_until(io_, [&] { return pool_->counts().waiting == calls.size() - 3; });
    const auto other =
        std::make_shared<upstream_fetcher>(fetch_environment{.pools = pools_, .home = io_.get_executor()});
    const call_id of_other = next_++;
    other->start(of_other, {.upstream = "incl", .target = "/other"}, sink_);
    run_until(io_, [&] { return pool_->counts().waiting == calls.size() - 2; });
    origin_->release();
    EXPECT_EQ(outcome_of(of_other), "{}");
    expect_all(calls);
    EXPECT_THAT(std::vector<std::string>(asked_.begin(), asked_.begin() + 4), ::testing::Contains("/other"));
}

TEST_F(upstream_lines_test, a_post_goes_behind_nobody_and_nobody_behind_it) {
    play([&](fake_peer& peer) {
        answer_trial(peer);
        for (int each = 0; each < 2; ++each) {
            const std::string head = peer.read_head();
            asked_.push_back(target_of(head));
            if (head.starts_with("POST")) peer.read_bytes(2);
            peer.answer("{}");
        }
        answer_all(peer);
    });
    open_and_try();
    const call_id post = next_++;
    fetcher_->start(post, {.upstream = "incl", .target = "/post", .content = "{}"}, sink_);
    const call_id after = start("/after");
    EXPECT_EQ(outcome_of(post), "{}");
    EXPECT_EQ(outcome_of(after), "{}");
    EXPECT_EQ(pipelined(), 0u);
}

TEST_F(upstream_lines_test, an_upstream_that_closes_after_an_answer_is_asked_anew_for_the_others) {
    play([&](fake_peer& peer) {
        if (peer.number > 0) {
            for (std::string head = peer.read_head(); !head.empty(); head = peer.read_head()) {
                asked_.push_back(target_of(head));
                peer.answer("again");
            }
            return;
        }
        answer_trial(peer);
        read(peer, 3);
        peer.answer("once", "Connection: close\r\n");
    });
    open_and_try();
    const std::vector<call_id> calls{start("/a"), start("/b"), start("/c")};
    EXPECT_EQ(outcome_of(calls[0]), "once");
    EXPECT_EQ(outcome_of(calls[1]), "again");
    EXPECT_EQ(outcome_of(calls[2]), "again");
    EXPECT_THAT(asked_, ::testing::UnorderedElementsAre("/b", "/c"));
}

TEST_F(upstream_lines_test, a_broken_answer_fails_its_own_call_and_the_others_are_asked_anew) {
    play([&](fake_peer& peer) {
        if (peer.number > 0) return answer_all(peer);
        answer_trial(peer);
        read(peer, 3);
        peer.answer("fine");
        peer.send("220 smtp.example.nl ESMTP\r\n");
        peer.sees_the_end();
    });
    open_and_try();
    const std::vector<call_id> calls{start("/a"), start("/b"), start("/c")};
    EXPECT_EQ(outcome_of(calls[0]), "fine");
    EXPECT_EQ(outcome_of(calls[1]), "{}") << "another call may have been the cause: it is asked once more, on its own";
    EXPECT_EQ(outcome_of(calls[2]), "{}");
    EXPECT_EQ(pool_->pipelining().now_in(), pipelining_trial::state::bad);
    expect_all({start("/d"), start("/e")});
    EXPECT_EQ(pipelined(), 2u) << "nobody goes behind any more";
}

TEST_F(upstream_lines_test, an_answer_that_is_lost_where_the_upstream_closes_on_more_requests_is_asked_for_again) {
    play([&](fake_peer& peer) {
        if (peer.number > 0) return answer_all(peer);
        answer_trial(peer);
        read(peer, 3);
        peer.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 10\r\n\r\n[1");
        peer.reset();
    });
    open_and_try();
    expect_all({start("/a"), start("/b"), start("/c")});
    EXPECT_EQ(pool_->pipelining().now_in(), pipelining_trial::state::good);
}

TEST_F(upstream_lines_test, an_answer_that_nobody_has_asked_for_ends_it) {
    play([&](fake_peer& peer) {
        if (peer.number > 0) return answer_all(peer);
        answer_trial(peer);
        read(peer, 2);
        peer.answer("a");
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nbHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nc");
        peer.sees_the_end();
    });
    open_and_try();
    const std::vector<call_id> calls{start("/a"), start("/b")};
    EXPECT_EQ(outcome_of(calls[0]), "a");
    EXPECT_EQ(outcome_of(calls[1]), "b");
    EXPECT_EQ(pool_->pipelining().now_in(), pipelining_trial::state::bad);
    EXPECT_EQ(pool_->counts().idle, 0u);
}

TEST_F(upstream_lines_test, an_upstream_that_drops_what_comes_behind_is_found_out_by_the_trial) {
    settings_.timeout.first_byte = short_time;
    play([&](fake_peer& peer) {
        if (peer.number > 0) return answer_all(peer);
        peer.read_head();
        peer.answer("{}");
        peer.read_head();
        peer.read_head();
        peer.answer("{}");
        peer.sees_the_end();
    });
    open();
    ASSERT_TRUE(fetch("/first"));
    const std::vector<call_id> calls{start("/a"), start("/b")};
    EXPECT_EQ(outcome_of(calls[0]), "{}");
    EXPECT_EQ(outcome_of(calls[1]), "first_byte_timeout");
    EXPECT_EQ(pool_->pipelining().now_in(), pipelining_trial::state::kept);
    expect_all({start("/c"), start("/d")});
    EXPECT_EQ(pool_->counts().pipelined, 1u) << "not tried again for a while";
}

TEST_F(upstream_lines_test, a_request_that_the_upstream_does_not_read_is_given_up_in_time) {
    play([&](fake_peer& peer) {
        if (peer.number > 0) return answer_all(peer);
        answer_trial(peer);
        peer.read_head();
        peer.answer("a");
        origin_->hold();
    });
    open_and_try();
    const call_id before = start("/a");
    const call_id large = start("/" + std::string(32 * 1024 * 1024, 'x'), 0, short_time);
    const call_id behind = start("/c");
    EXPECT_EQ(outcome_of(before), "a");
    EXPECT_EQ(outcome_of(large), "total_timeout");
    EXPECT_EQ(outcome_of(behind), "{}") << "asked anew";
    origin_->release();
    run_until(io_, [&] { return pool_->counts().in_use == 0; });
}

TEST_F(upstream_lines_test, who_waits_goes_on_although_others_who_wait_are_given_up) {
    play([&](fake_peer& peer) {
        answer_trial(peer);
        for (bool first = true; !peer.read_head().empty(); first = false) {
            if (first) origin_->hold();
            peer.answer("{}");
        }
    });
    open_and_try();
    const std::vector<call_id> calls = start_many(9, 1);
    run_until(io_, [&] { return pipelined() == 2; });
    for (const std::size_t given_up : {3u, 4u, 5u, 7u})
        fetcher_->cancel(calls[given_up]);
    origin_->release();
    for (const std::size_t goes_on : {0u, 1u, 2u, 6u, 8u})
        EXPECT_EQ(outcome_of(calls[goes_on]), "{}") << goes_on;
    EXPECT_EQ(sink_->heard.size(), 3u + 5u);
}

TEST_F(upstream_lines_test, a_call_that_leaves_before_its_turn_disturbs_nobody_before_it) {
    play([&](fake_peer& peer) {
        if (peer.number > 0) return answer_all(peer);
        answer_trial(peer);
        read(peer, 3);
        all_read_ = true;
        origin_->hold();
        peer.answer("undisturbed");
        peer.sees_the_end();
    });
    open_and_try();
    const std::vector<call_id> calls{start("/a"), start("/b"), start("/c")};
    run_until(io_, [&] { return all_read_.load(); });
    fetcher_->cancel(calls[1]);
    origin_->release();
    EXPECT_EQ(outcome_of(calls[0]), "undisturbed");
    EXPECT_EQ(outcome_of(calls[2]), "{}") << "asked anew: the answer before its own has nobody to read it";
    EXPECT_FALSE(sink_->heard.contains(calls[1]));
}

TEST_F(upstream_lines_test, a_call_s_time_runs_from_its_turn_on) {
    play([&](fake_peer& peer) {
        answer_trial(peer);
        peer.read_head();
        begun_ = true;
        origin_->hold();
        peer.answer("first");
        answer_all(peer);
    });
    open_and_try();
    // The last three wait because `parallel` others have begun, or behind one that has.
    std::vector<call_id> calls{start("/a", 1)};
    for (const char* each : {"/b", "/c", "/d"})
        calls.push_back(start(each, 1, short_time));
    run_until(io_, [&] { return begun_.load(); });
    io_.run_for(2 * short_time);
    origin_->release();
    EXPECT_EQ(outcome_of(calls[0]), "first");
    for (const call_id behind : {calls[1], calls[2], calls[3]})
        EXPECT_EQ(outcome_of(behind), "{}");
}

TEST_F(upstream_lines_test, a_call_that_waits_for_a_connection_in_vain_is_one_too_many) {
    play_held();
    open_and_try();
    start_many(3);
    EXPECT_EQ(outcome_of(start("/d", 0, short_time)), "upstream_busy");
    origin_->release();
}

TEST_F(upstream_lines_test, those_who_wait_for_a_connection_are_counted_and_bounded) {
    settings_.max_queue = 2;
    play_held();
    open_and_try();
    const std::vector<call_id> calls = start_many(5);
    EXPECT_EQ(outcome_of(start("/one-too-many")), "upstream_busy");
    EXPECT_EQ(pool_->counts().waiting, 2u);
    EXPECT_EQ(pool_->counts().refused_busy, 1u);
    origin_->release();
    expect_all(calls);
    EXPECT_EQ(pool_->counts().waiting, 0u);
}

TEST_F(upstream_lines_test, those_whom_parallel_holds_back_are_neither_counted_nor_refused) {
    settings_.max_queue = 0;
    play_held();
    open_and_try();
    const std::vector<call_id> calls = start_many(9, 1);
    run_until(io_, [&] { return pipelined() == 2; });
    EXPECT_EQ(pool_->counts().waiting, 0u);
    origin_->release();
    expect_all(calls);
}

TEST_F(upstream_lines_test, who_is_waited_for_goes_before_what_was_only_guessed) {
    play([&](fake_peer& peer) {
        answer_trial(peer);
        note_and_answer(peer);
    });
    open_and_try();
    std::vector<call_id> calls;
    for (int each = 0; each < 8; ++each) {
        fetch_request guess{.upstream = "incl", .target = "/guess-" + std::to_string(each), .background = true};
        calls.push_back(next_++);
        fetcher_->start(calls.back(), std::move(guess), sink_);
    }
    run_until(io_, [&] { return pipelined() == 2; });
    calls.push_back(start("/wanted"));
    fetcher_->promote(calls[7]);
    origin_->release();
    expect_all(calls);
    const std::vector<std::string> next(asked_.begin() + 3, asked_.begin() + 5);
    EXPECT_THAT(next, ::testing::UnorderedElementsAre("/wanted", "/guess-7"));
}

TEST_F(upstream_lines_test, an_upstream_that_closes_without_a_word_is_tried_again_later) {
    play([&](fake_peer& peer) {
        if (peer.number > 0) return answer_all(peer);
        answer_trial(peer);
        read(peer, 3);
        peer.answer("answered");
        peer.close();
    });
    open_and_try();
    const std::vector<call_id> calls{start("/a"), start("/b"), start("/c")};
    EXPECT_EQ(outcome_of(calls[0]), "answered");
    EXPECT_EQ(outcome_of(calls[1]), "{}");
    EXPECT_EQ(outcome_of(calls[2]), "{}");
    EXPECT_EQ(pool_->pipelining().now_in(), pipelining_trial::state::kept);
    EXPECT_EQ(pool_->counts().asked_again, 2u);
    EXPECT_FALSE(pool_->counts().pipelining);
    expect_all({start("/d"), start("/e")});
    EXPECT_EQ(pipelined(), 2u);
}

TEST_F(upstream_lines_test, the_first_byte_is_waited_for_from_the_call_s_turn_on) {
    settings_.timeout.first_byte = short_time;
    play([&](fake_peer& peer) {
        answer_trial(peer);
        read(peer, 2);
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nf");
        begun_ = true;
        origin_->hold();
        peer.send("irst");
        peer.answer("second");
        peer.sees_the_end();
    });
    open_and_try();
    const std::vector<call_id> calls{start("/a"), start("/b")};
    run_until(io_, [&] { return begun_.load(); });
    io_.run_for(2 * short_time);  // the first one's body takes longer than the second one's patience
    origin_->release();
    EXPECT_EQ(outcome_of(calls[0]), "first");
    EXPECT_EQ(outcome_of(calls[1]), "second");
    EXPECT_EQ(outcome_of(start("/never")), "first_byte_timeout");
}

}  // namespace
}  // namespace nearside::proxy
