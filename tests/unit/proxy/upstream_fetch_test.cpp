#include "tests/support/encode.h"
#include "tests/unit/proxy/upstream_fetch_rig.h"

#include <boost/asio/thread_pool.hpp>
#include <gmock/gmock.h>

#include <map>

namespace nearside::proxy {
namespace {

using aggregators::call_id;
using aggregators::fetch_request;
using aggregators::fetch_response;
using ::testing::HasSubstr;
using ::testing::Not;

class upstream_fetch_test : public upstream_fetch_rig {};

TEST_F(upstream_fetch_test, a_call_brings_the_document_and_tells_whether_its_connection_was_kept) {
    play(answer_all);
    open();
    const auto& first = fetch();
    ASSERT_TRUE(first) << first.error().detail;
    EXPECT_EQ(first->status, 200);
    EXPECT_EQ(first->document.view(), "{}");
    EXPECT_EQ(first->wire_bytes, 2u);
    EXPECT_FALSE(first->reused_connection);
    const auto& second = fetch();
    ASSERT_TRUE(second);
    EXPECT_TRUE(second->reused_connection);
}

TEST_F(upstream_fetch_test, the_request_says_who_asks_and_what_it_takes_and_carries_the_principals_fields_only) {
    std::string seen;
    play([&](fake_peer& peer) {
        seen = peer.read_head();
        peer.answer("{}");
    });
    settings_.base_path = "/v1";
    settings_.forward = {"authorization", "accept-language"};
    header_fields from_client;
    from_client.append("Authorization", "Bearer t");
    from_client.append("Accept-Language", "ko");
    from_client.append("Cookie", "secret=1");
    fetch_environment environment;
    environment.forwarded.emplace("incl", forwarded_fields(from_client, settings_));
    open(std::move(environment));
    ASSERT_TRUE(fetch("/api/projects/?owner=%C3%A9"));
    EXPECT_THAT(seen, ::testing::StartsWith("GET /v1/api/projects/?owner=%C3%A9 HTTP/1.1\r\n"));
    EXPECT_THAT(seen, HasSubstr("\r\nHost: 127.0.0.1:" + std::to_string(settings_.port) + "\r\n"));
    EXPECT_THAT(seen, HasSubstr("\r\nAccept: application/json\r\n"));
    EXPECT_THAT(seen, HasSubstr("\r\nAccept-Encoding: gzip, br, zstd\r\n"));
    EXPECT_THAT(seen, HasSubstr("\r\nVia: 1.1 nearside\r\n"));
    EXPECT_THAT(seen, HasSubstr("\r\nAuthorization: Bearer t\r\n"));
    EXPECT_THAT(seen, HasSubstr("\r\nAccept-Language: ko\r\n"));
    EXPECT_THAT(seen, Not(HasSubstr("Cookie")));
}

TEST_F(upstream_fetch_test, a_conditional_call_hears_that_nothing_changed_whatever_the_304_says_of_the_content) {
    std::string seen;
    play([&](fake_peer& peer) {
        seen = peer.read_head();
        peer.send("HTTP/1.1 304 Not Modified\r\nETag: \"1\"\r\nContent-Encoding: gzip\r\n\r\n");
        peer.read_head();
        peer.answer("{}");
    });
    open();
    const call_id call = next_++;
    fetch_request request{.upstream = "incl", .target = "/x"};
    request.fields.append("If-None-Match", "\"1\"");
    fetcher_->start(call, std::move(request), sink_);
    const auto& got = wait_for(call);
    ASSERT_TRUE(got) << got.error().detail;
    EXPECT_THAT(seen, HasSubstr("\r\nIf-None-Match: \"1\"\r\n"));
    EXPECT_EQ(got->status, 304);
    EXPECT_EQ(got->document.size(), 0u);
    EXPECT_EQ(got->wire_bytes, 0u);
    const auto& next = fetch();
    ASSERT_TRUE(next);
    EXPECT_TRUE(next->reused_connection);
}

TEST_F(upstream_fetch_test, content_goes_out_as_a_post) {
    std::string head, content;
    play([&](fake_peer& peer) {
        head = peer.read_head();
        content = peer.read_bytes(7);
        peer.answer("{}");
    });
    open();
    const call_id call = next_++;
    fetcher_->start(call, {.upstream = "incl", .target = "/search", .content = R"({"q":1})"}, sink_);
    ASSERT_TRUE(wait_for(call));
    EXPECT_THAT(head, ::testing::StartsWith("POST /search HTTP/1.1\r\n"));
    EXPECT_THAT(head, HasSubstr("\r\nContent-Length: 7\r\n"));
    EXPECT_THAT(head, HasSubstr("\r\nContent-Type: application/json\r\n"));
    EXPECT_EQ(content, R"({"q":1})");
}

TEST_F(upstream_fetch_test, a_background_call_waits_for_others_until_somebody_asks_for_it) {
    std::vector<std::string> order;
    play([&](fake_peer& peer) {
        for (std::string head = peer.read_head(); !head.empty(); head = peer.read_head()) {
            order.push_back(head.substr(4, 2));
            peer.answer("{}");
        }
    });
    settings_.max_connections = 1;
    open();
    const auto start = [&](call_id call, const char* target, bool background) {
        fetcher_->start(call, {.upstream = "incl", .target = target, .background = background}, sink_);
    };
    start(1, "/1", false);
    start(2, "/2", true);
    start(3, "/3", true);
    start(4, "/4", false);
    // All of them wait for the one connection.
    run_until(io_, [&] { return pool_->counts().waiting == 4; });
    fetcher_->promote(3);
    for (const call_id call : {1u, 2u, 3u, 4u})
        EXPECT_TRUE(wait_for(call));
    EXPECT_EQ(order, (std::vector<std::string>{"/1", "/4", "/3", "/2"}));
}

TEST_F(upstream_fetch_test, any_status_is_an_answer) {
    play([](fake_peer& peer) {
        while (!peer.read_head().empty())
            peer.send("HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\ngone");
    });
    open();
    const auto& got = fetch();
    ASSERT_TRUE(got);
    EXPECT_EQ(got->status, 404);
    EXPECT_EQ(got->document.view(), "gone");
}

TEST_F(upstream_fetch_test, coded_bodies_are_decoded_here_or_on_the_workers) {
    std::string large = "[";
    for (int number = 0; number < 400'000; ++number)
        large += std::to_string(number * 7919LL) + ",";
    large += "0]";
    const std::string coded = testing::encode::gzip(large);
    ASSERT_GT(coded.size(), upstream_fetcher::decode_here);
    play([&](fake_peer& peer) {
        while (!peer.read_head().empty())
            peer.answer(coded, "Content-Encoding: gzip\r\n");
    });
    boost::asio::thread_pool workers(1);
    for (const bool elsewhere : {false, true}) {
        fetch_environment environment;
        if (elsewhere) environment.workers = workers.get_executor();
        open(std::move(environment));
        const auto& got = fetch();
        ASSERT_TRUE(got);
        EXPECT_EQ(got->document.view(), large);
        EXPECT_EQ(got->wire_bytes, coded.size());
        EXPECT_FALSE(got->fields.contains("content-encoding"));
        pools_->shutdown();
    }
    workers.join();
}

TEST_F(upstream_fetch_test, decoding_counts_against_the_time_of_the_call) {
    std::string noise;
    for (unsigned state = 1; noise.size() < 2 * upstream_fetcher::decode_here; state = state * 1103515245U + 12345U)
        noise.push_back(static_cast<char>(state >> 16U));
    play([&](fake_peer& peer) {
        peer.read_head();
        peer.answer(testing::encode::gzip(noise), "Content-Encoding: gzip\r\n");
        peer.sees_the_end();
    });
    boost::asio::io_context busy;  // nobody runs it: its turn never comes
    fetch_environment environment;
    environment.workers = busy.get_executor();
    open(std::move(environment));
    EXPECT_EQ(failure(milliseconds(200)), errc::total_timeout);
}

TEST_F(upstream_fetch_test, a_body_that_does_not_decode_is_an_error) {
    play([&](fake_peer& peer) {
        while (!peer.read_head().empty())
            peer.answer("{}", "Content-Encoding: br\r\n");
    });
    open();
    EXPECT_EQ(failure(), errc::bad_content_coding);
}

TEST_F(upstream_fetch_test, bodies_by_length_by_chunks_and_up_to_the_end_arrive_whole) {
    const std::string large(3'000'000, 'x');
    play([&](fake_peer& peer) {
        for (std::string head; !(head = peer.read_head()).empty();) {
            if (head.starts_with("GET /length")) peer.answer(large);
            if (head.starts_with("GET /chunks")) {
                peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
                for (std::size_t at = 0; at < large.size(); at += 100'000) {
                    peer.send("186a0\r\n" + large.substr(at, 100'000) + "\r\n");
                }
                peer.send("0\r\n\r\n");
            }
            if (head.starts_with("GET /end")) {
                peer.send("HTTP/1.1 200 OK\r\n\r\n" + large);
                return;
            }
        }
    });
    open();
    for (const char* target : {"/length", "/chunks", "/end"}) {
        const auto& got = fetch(target);
        ASSERT_TRUE(got) << target << ": " << got.error().detail;
        EXPECT_EQ(got->document.view(), large) << target;
    }
    EXPECT_EQ(pool_->counts().idle, 0u);
}

TEST_F(upstream_fetch_test, a_body_over_the_limit_is_refused_by_its_length_before_it_comes_or_when_it_came) {
    settings_.max_response = 1000;
    play([&](fake_peer& peer) {
        for (std::string head; !(head = peer.read_head()).empty();) {
            if (head.starts_with("GET /told")) peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n");
            if (head.starts_with("GET /not-told")) peer.send("HTTP/1.1 200 OK\r\n\r\n" + std::string(1001, 'x'));
            if (head.starts_with("GET /bomb")) {
                peer.answer(testing::encode::gzip(std::string(1001, 'x')), "Content-Encoding: gzip\r\n");
            }
            if (head.starts_with("GET /just")) peer.answer(std::string(1000, 'x'));
        }
    });
    open();
    for (const char* target : {"/told", "/not-told", "/bomb"}) {
        const auto& got = fetch(target);
        ASSERT_FALSE(got) << target;
        EXPECT_EQ(got.error(), errc::response_too_large) << target;
    }
    EXPECT_TRUE(fetch("/just"));
}

TEST_F(upstream_fetch_test, a_kept_connection_that_dies_on_our_request_costs_nothing) {
    settings_.retries = 0;
    play([](fake_peer& peer) {
        if (peer.number > 0) return answer_all(peer);
        peer.read_head();
        peer.answer("{}");
        peer.read_head();  // and closes: what happens when the upstream's keep-alive ends just now
    });
    open();
    ASSERT_TRUE(fetch());
    const auto& second = fetch();
    ASSERT_TRUE(second) << second.error().detail;
    EXPECT_FALSE(second->reused_connection);
    EXPECT_EQ(pool_->counts().connects, 2u);
}

TEST_F(upstream_fetch_test, a_reset_instead_of_a_close_is_the_same) {
    settings_.retries = 0;
    play([](fake_peer& peer) {
        if (peer.number > 0) return answer_all(peer);
        peer.read_head();
        peer.answer("{}");
        peer.read_head();
        peer.reset();
    });
    open();
    ASSERT_TRUE(fetch());
    EXPECT_TRUE(fetch());
}

TEST_F(upstream_fetch_test, a_new_connection_that_dies_is_tried_again_as_often_as_retries_say) {
    play([](fake_peer& peer) { peer.read_head(); });
    for (const std::uint32_t retries : {0u, 2u}) {
        settings_.retries = retries;
        open();
        EXPECT_EQ(failure(), errc::closed_early);
        EXPECT_EQ(pool_->counts().connects, retries + 1);
        pools_->shutdown();
    }
}

TEST_F(upstream_fetch_test, a_retry_that_succeeds_is_an_answer) {
    settings_.retries = 1;
    play([](fake_peer& peer) {
        if (peer.number > 0) return answer_all(peer);
        peer.read_head();
        peer.reset();
    });
    open();
    EXPECT_TRUE(fetch());
}

TEST_F(upstream_fetch_test, a_truncated_body_is_never_a_document_and_never_tried_again) {
    play([](fake_peer& peer) {
        const std::string head = peer.read_head();
        if (head.starts_with("GET /length")) peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n[1,2");
        if (head.starts_with("GET /chunks")) {
            peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n[1,2\r\n");
        }
        if (head.starts_with("GET /head")) peer.send("HTTP/1.1 200 OK\r\nContent-");
    });
    settings_.retries = 3;
    open();
    for (const char* target : {"/length", "/chunks", "/head"}) {
        const auto& got = fetch(target);
        ASSERT_FALSE(got) << target;
        EXPECT_EQ(got.error(), errc::closed_early) << target;
    }
    EXPECT_EQ(pool_->counts().connects, 3u);
}

TEST_F(upstream_fetch_test, garbage_is_told_at_once_and_its_connection_closed) {
    play([](fake_peer& peer) {
        peer.read_head();
        peer.send("220 smtp.example.nl ESMTP\r\n");
        peer.sees_the_end();
    });
    open();
    EXPECT_EQ(failure(), errc::malformed_response);
    EXPECT_EQ(pool_->counts().open(), 0u);
}

TEST_F(upstream_fetch_test, bytes_after_the_response_close_the_connection_but_not_the_answer) {
    play([](fake_peer& peer) {
        while (!peer.read_head().empty())
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}HTTP/1.1 200 OK");
    });
    open();
    EXPECT_TRUE(fetch());
    EXPECT_EQ(pool_->counts().open(), 0u);
}

TEST_F(upstream_fetch_test, connection_close_is_heeded) {
    play([](fake_peer& peer) {
        while (!peer.read_head().empty())
            peer.answer("{}", "Connection: close\r\n");
    });
    open();
    EXPECT_TRUE(fetch());
    EXPECT_EQ(pool_->counts().open(), 0u);
}

TEST_F(upstream_fetch_test, a_stall_ends_by_the_timeout_of_its_phase) {
    play([this](fake_peer& peer) {
        const std::string head = peer.read_head();
        if (head.starts_with("GET /body")) peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n[1,2");
        origin_->hold();
    });
    settings_.timeout.first_byte = short_time;
    open();
    EXPECT_EQ(failure(), errc::first_byte_timeout);
    EXPECT_EQ(pool_->counts().open(), 0u);
    pools_->shutdown();

    settings_.timeout.first_byte = long_time;
    settings_.timeout.total = milliseconds(150);
    open();
    const auto& stalled = fetch("/body");
    ASSERT_FALSE(stalled);
    EXPECT_EQ(stalled.error(), errc::total_timeout);
    EXPECT_EQ(pool_->counts().open(), 0u);
}

TEST_F(upstream_fetch_test, the_steps_own_timeout_ends_the_call_sooner) {
    play([this](fake_peer& peer) {
        peer.read_head();
        origin_->hold();
    });
    open();
    EXPECT_EQ(failure(short_time), errc::total_timeout);
}

TEST_F(upstream_fetch_test, a_cancelled_call_closes_its_connection_and_its_sink_hears_nothing) {
    std::atomic<bool> asked{false};
    std::atomic<bool> ended{false};
    play([&](fake_peer& peer) {
        if (peer.read_head().starts_with("GET /x")) asked = true;
        ended = peer.sees_the_end();
    });
    open();
    fetcher_->start(1, {.upstream = "incl", .target = "/x", .timeout = {}}, sink_);
    run_until(io_, [&] { return asked.load(); });
    fetcher_->cancel(1);
    run_until(io_, [&] { return ended.load() && pool_->counts().open() == 0; });
    EXPECT_TRUE(sink_->heard.empty());
}

TEST_F(upstream_fetch_test, a_call_cancelled_before_it_began_never_reaches_the_upstream) {
    play(answer_all);
    open();
    fetcher_->start(1, {.upstream = "incl", .target = "/x", .timeout = {}}, sink_);
    fetcher_->cancel(1);
    ASSERT_TRUE(fetch());
    EXPECT_FALSE(sink_->heard.contains(1) && next_ == 1);
}

TEST_F(upstream_fetch_test, a_sink_that_is_gone_is_not_called) {
    play(answer_all);
    open();
    std::weak_ptr<aggregators::fetch_sink> gone = std::make_shared<listening_sink>();
    fetcher_->start(77, {.upstream = "incl", .target = "/x", .timeout = {}}, gone);
    run_until(io_, [&] { return pool_->counts().idle == 1; });
}

TEST_F(upstream_fetch_test, many_calls_at_once_share_max_connections) {
    settings_.max_connections = 3;
    play(answer_all);
    open();
    for (call_id call = 100; call < 300; ++call) {
        fetcher_->start(call, {.upstream = "incl", .target = "/x", .timeout = {}}, sink_);
    }
    run_until(io_, [&] { return sink_->heard.size() == 200; });
    for (const auto& [call, outcome] : sink_->heard)
        EXPECT_TRUE(outcome) << call;
    EXPECT_LE(pool_->counts().connects, 3u);
}

TEST_F(upstream_fetch_test, an_unknown_upstream_is_an_error_not_a_crash) {
    play(answer_all);
    open();
    fetcher_->start(1, {.upstream = "nobody", .target = "/x", .timeout = {}}, sink_);
    EXPECT_EQ(wait_for(1).error(), errc::internal);
}

}  // namespace
}  // namespace nearside::proxy
