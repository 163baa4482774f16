#include "proxy/upstream_lines.h"

#include "tests/unit/proxy/upstream_fetch_rig.h"

#include <gmock/gmock.h>

#include <atomic>
#include <string>
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
    call_id start(std::string target, bool behind = false, std::optional<milliseconds> timeout = {}) {
        const call_id call = next_++;
        fetch_request request{.upstream = "incl", .target = std::move(target), .timeout = timeout, .behind = behind};
        fetcher_->start(call, std::move(request), sink_);
        return call;
    }
    // The document, or the error's name.
    std::string outcome_of(call_id call) {
        const auto& outcome = wait_for(call);
        return outcome ? std::string(outcome->document.view()) : std::string(to_string(outcome.error().code));
    }
    // The upstream has kept a connection.
    void open_and_ask_once() {
        open();
        ASSERT_TRUE(fetch("/first"));
    }
    static void answer_first(fake_peer& peer) {
        EXPECT_EQ(target_of(peer.read_head()), "/first");
        peer.answer("1");
    }
    std::uint64_t pipelined() const { return pool_->counts().pipelined; }
};

TEST_F(upstream_lines_test, calls_that_get_no_connection_go_behind_others_and_are_answered_in_their_order) {
    std::vector<std::string> asked;
    play([&](fake_peer& peer) {
        answer_first(peer);
        for (int each = 0; each < 3; ++each)
            asked.push_back(target_of(peer.read_head()));
        for (const std::string& each : asked)
            peer.answer(each);
        answer_all(peer);
    });
    open_and_ask_once();
    const std::vector<call_id> calls{start("/a"), start("/b"), start("/c")};
    EXPECT_EQ(outcome_of(calls[0]), "/a");
    EXPECT_EQ(outcome_of(calls[1]), "/b");
    EXPECT_EQ(outcome_of(calls[2]), "/c");
    EXPECT_EQ(asked, (std::vector<std::string>{"/a", "/b", "/c"}));
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
            answer_first(peer);
            for (int each = 0; each < 3; ++each)
                peer.read_head();
            peer.send(std::string_view(all).substr(0, cut));
            peer.send(std::string_view(all).substr(cut));
            peer.sees_the_end();
        });
        open_and_ask_once();
        const std::vector<call_id> calls{start("/a"), start("/b"), start("/c")};
        EXPECT_EQ(outcome_of(calls[0]), "/a") << cut;
        EXPECT_EQ(outcome_of(calls[1]), large) << cut;
        EXPECT_EQ(outcome_of(calls[2]), "/c") << cut;
        pools_->shutdown();
        sink_->heard.clear();
    }
}

TEST_F(upstream_lines_test, no_more_than_pipeline_says_go_on_a_connection) {
    std::atomic<int> read{0};
    play([&](fake_peer& peer) {
        answer_first(peer);
        for (int each = 0; each < 3; ++each, ++read)
            peer.read_head();
        for (const char* each : {"a", "b", "c"})
            peer.answer(each);
        while (!peer.read_head().empty()) {
            ++read;
            peer.answer("later");
        }
    });
    open_and_ask_once();
    std::vector<call_id> calls;
    for (const char* target : {"/a", "/b", "/c", "/d"})
        calls.push_back(start(target));
    EXPECT_EQ(outcome_of(calls[3]), "later");
    EXPECT_EQ(read, 4);
    EXPECT_EQ(pipelined(), 2u) << "it waited for the connection";
}

TEST_F(upstream_lines_test, while_the_upstream_has_not_kept_a_connection_nobody_goes_behind) {
    std::vector<std::string> asked;
    play([&](fake_peer& peer) {
        for (std::string head = peer.read_head(); !head.empty(); head = peer.read_head()) {
            asked.push_back(target_of(head));
            peer.answer("{}", "Connection: close\r\n");
            return;
        }
    });
    open();
    for (const call_id call : {start("/a"), start("/b"), start("/c")})
        EXPECT_EQ(outcome_of(call), "{}");
    EXPECT_EQ(pipelined(), 0u);
    EXPECT_EQ(pool_->counts().connects, 3u);
}

TEST_F(upstream_lines_test, where_the_pool_has_room_each_call_has_a_connection_of_its_own) {
    settings_.max_connections = 3;
    play(answer_all);
    open_and_ask_once();
    for (const call_id call : {start("/a"), start("/b"), start("/c")})
        EXPECT_EQ(outcome_of(call), "{}");
    EXPECT_EQ(pipelined(), 0u);
}

TEST_F(upstream_lines_test, what_is_to_go_behind_does_so_although_there_is_room) {
    settings_.max_connections = 8;
    std::atomic<int> read{0};
    play([&](fake_peer& peer) {
        if (peer.number == 0) answer_first(peer);
        std::vector<std::string> asked;
        for (int each = 0; each < 3; ++each, ++read)
            asked.push_back(target_of(peer.read_head()));
        if (read == 6) origin_->release();
        origin_->hold();
        for (const std::string& each : asked)
            peer.answer(each);
        peer.sees_the_end();
    });
    open_and_ask_once();
    // The second connection is opened for /b; who comes meanwhile waits for one that it can go behind.
    std::vector<call_id> calls{start("/a"), start("/b")};
    for (const char* target : {"/c", "/d", "/e", "/f"})
        calls.push_back(start(target, true));
    for (std::size_t at = 0; at < calls.size(); ++at)
        EXPECT_EQ(outcome_of(calls[at]), std::string("/") + static_cast<char>('a' + at));
    EXPECT_EQ(pipelined(), 4u);
    EXPECT_EQ(pool_->counts().connects, 2u);
}

TEST_F(upstream_lines_test, what_is_to_go_behind_goes_alone_where_nothing_is_under_way_or_something_has_ended) {
    play([&](fake_peer& peer) {
        while (!peer.read_head().empty())
            peer.answer("{}", peer.number < 2 ? "Connection: close\r\n" : "");
    });
    open();
    EXPECT_EQ(outcome_of(start("/a", true)), "{}");
    const call_id before = start("/b");
    const call_id behind = start("/c", true);
    EXPECT_EQ(outcome_of(before), "{}");
    EXPECT_EQ(outcome_of(behind), "{}");
    EXPECT_EQ(pool_->counts().connects, 3u);
}

TEST_F(upstream_lines_test, a_post_goes_behind_nobody_and_nobody_behind_it) {
    std::vector<std::string> asked;
    play([&](fake_peer& peer) {
        answer_first(peer);
        for (int each = 0; each < 2; ++each) {
            const std::string head = peer.read_head();
            asked.push_back(target_of(head));
            if (head.starts_with("POST")) peer.read_bytes(2);
            peer.answer("{}");
        }
        answer_all(peer);
    });
    open_and_ask_once();
    const call_id post = next_++;
    fetcher_->start(post, {.upstream = "incl", .target = "/post", .content = "{}"}, sink_);
    const call_id after = start("/after");
    EXPECT_EQ(outcome_of(post), "{}");
    EXPECT_EQ(outcome_of(after), "{}");
    EXPECT_EQ(pipelined(), 0u);
}

TEST_F(upstream_lines_test, an_upstream_that_closes_after_an_answer_is_asked_anew_for_the_others) {
    std::vector<std::string> asked;
    play([&](fake_peer& peer) {
        if (peer.number > 0) {
            for (std::string head = peer.read_head(); !head.empty(); head = peer.read_head()) {
                asked.push_back(target_of(head));
                peer.answer("again");
            }
            return;
        }
        answer_first(peer);
        for (int each = 0; each < 3; ++each)
            peer.read_head();
        peer.answer("once", "Connection: close\r\n");
    });
    open_and_ask_once();
    const std::vector<call_id> calls{start("/a"), start("/b"), start("/c")};
    EXPECT_EQ(outcome_of(calls[0]), "once");
    EXPECT_EQ(outcome_of(calls[1]), "again");
    EXPECT_EQ(outcome_of(calls[2]), "again");
    EXPECT_THAT(asked, ::testing::UnorderedElementsAre("/b", "/c"));
}

TEST_F(upstream_lines_test, a_broken_answer_fails_its_own_call_and_the_others_are_asked_anew) {
    play([&](fake_peer& peer) {
        if (peer.number > 0) return answer_all(peer);
        answer_first(peer);
        for (int each = 0; each < 3; ++each)
            peer.read_head();
        peer.answer("fine");
        peer.send("220 smtp.example.nl ESMTP\r\n");
        peer.sees_the_end();
    });
    open_and_ask_once();
    const std::vector<call_id> calls{start("/a"), start("/b"), start("/c")};
    EXPECT_EQ(outcome_of(calls[0]), "fine");
    EXPECT_EQ(outcome_of(calls[1]), "malformed_response");
    EXPECT_EQ(outcome_of(calls[2]), "{}");
}

TEST_F(upstream_lines_test, a_call_that_leaves_before_its_turn_disturbs_nobody_before_it) {
    std::atomic<bool> all_read{false};
    play([&](fake_peer& peer) {
        if (peer.number > 0) return answer_all(peer);
        answer_first(peer);
        for (int each = 0; each < 3; ++each)
            peer.read_head();
        all_read = true;
        origin_->hold();
        peer.answer("undisturbed");
        peer.sees_the_end();
    });
    open_and_ask_once();
    const std::vector<call_id> calls{start("/a"), start("/b"), start("/c")};
    run_until(io_, [&] { return all_read.load(); });
    fetcher_->cancel(calls[1]);
    origin_->release();
    EXPECT_EQ(outcome_of(calls[0]), "undisturbed");
    EXPECT_EQ(outcome_of(calls[2]), "{}") << "asked anew: the answer before its own has nobody to read it";
    EXPECT_FALSE(sink_->heard.contains(calls[1]));
}

TEST_F(upstream_lines_test, a_call_whose_time_runs_out_before_its_turn_fails_alone) {
    play([&](fake_peer& peer) {
        answer_first(peer);
        peer.read_head();
        origin_->hold();
        peer.answer("{}");
        peer.sees_the_end();
    });
    open_and_ask_once();
    const call_id before = start("/a");
    const call_id behind = start("/b", true, short_time);
    EXPECT_EQ(outcome_of(behind), "total_timeout");
    origin_->release();
    EXPECT_EQ(outcome_of(before), "{}");
    EXPECT_EQ(pool_->counts().idle, 0u) << "the answer that nobody reads closes the connection";
}

TEST_F(upstream_lines_test, the_first_byte_is_waited_for_from_the_call_s_turn_on) {
    settings_.timeout.first_byte = short_time;
    std::atomic<bool> begun{false};
    play([&](fake_peer& peer) {
        answer_first(peer);
        for (int each = 0; each < 2; ++each)
            peer.read_head();
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nf");
        begun = true;
        origin_->hold();
        peer.send("irst");
        peer.answer("second");
        peer.sees_the_end();
    });
    open_and_ask_once();
    const std::vector<call_id> calls{start("/a"), start("/b")};
    run_until(io_, [&] { return begun.load(); });
    io_.run_for(2 * short_time);  // the first one's body takes longer than the second one's patience
    origin_->release();
    EXPECT_EQ(outcome_of(calls[0]), "first");
    EXPECT_EQ(outcome_of(calls[1]), "second");
    EXPECT_EQ(outcome_of(start("/never")), "first_byte_timeout");
}

}  // namespace
}  // namespace nearside::proxy
