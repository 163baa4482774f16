#include "proxy/route_proxy.h"

#include "tests/support/fake_exchange.h"
#include "tests/unit/proxy/upstream_fixture.h"

#include <gmock/gmock.h>

namespace nearside::proxy {
namespace {

using ::testing::HasSubstr;

class route_proxy_test : public upstream_fixture {
protected:
    void pass() { run(io_, proxy_.handle(client_, pool_, "bypass", nullptr)); }
    void post(std::deque<std::string> pieces, std::optional<std::uint64_t> length) {
        client_.request.method = "POST";
        client_.sends_body = true;
        client_.told_length = length;
        client_.body_pieces = std::move(pieces);
    }

    route_proxy proxy_{"nearside"};
    testing::fake_exchange client_{io_.get_executor()};
};

TEST_F(route_proxy_test, a_get_goes_through_and_its_answer_comes_back) {
    std::string seen;
    play([&](fake_peer& peer) {
        seen = peer.read_head();
        peer.answer("hello", "X-From: upstream\r\nKeep-Alive: timeout=5\r\nDate: x\r\n");
    });
    open_pool();
    client_.request.target = "/api/jobs/1?x=%20";
    pass();
    EXPECT_THAT(seen, ::testing::StartsWith("GET /api/jobs/1?x=%20 HTTP/1.1\r\n"));
    EXPECT_THAT(seen, HasSubstr("Forwarded: for=192.0.2.7;proto=http;host=\"near.example\";by=_nearside"));
    EXPECT_EQ(client_.answer.status, 200);
    EXPECT_EQ(client_.content, "hello");
    EXPECT_EQ(client_.length, 5u);
    EXPECT_TRUE(client_.finished);
    EXPECT_EQ(client_.answer.fields.find("x-from"), "upstream");
    EXPECT_EQ(client_.answer.fields.find("cache-status"), "nearside; fwd=bypass");
    EXPECT_FALSE(client_.answer.fields.contains("keep-alive"));
    EXPECT_EQ(pool_->counts().idle, 1u);
}

TEST_F(route_proxy_test, a_body_of_known_length_is_sent_as_such) {
    std::string got;
    play([&](fake_peer& peer) {
        got = peer.read_head();
        got += peer.read_bytes(10);
        peer.answer("ok");
    });
    open_pool();
    post({"hello", "world"}, 10);
    pass();
    EXPECT_THAT(got, HasSubstr("\r\nContent-Length: 10\r\n"));
    EXPECT_THAT(got, ::testing::EndsWith("\r\n\r\nhelloworld"));
    EXPECT_EQ(client_.content, "ok");
    EXPECT_EQ(pool_->counts().idle, 1u);
}

TEST_F(route_proxy_test, a_body_of_unknown_length_is_sent_in_chunks) {
    std::string got;
    const std::string framed = "5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n";
    play([&](fake_peer& peer) {
        got = peer.read_head();
        got += peer.read_bytes(framed.size());
        peer.answer("ok");
    });
    open_pool();
    post({"hello", "!"}, {});
    pass();
    EXPECT_THAT(got, HasSubstr("\r\nTransfer-Encoding: chunked\r\n"));
    EXPECT_THAT(got, ::testing::EndsWith("\r\n\r\n" + framed));
    EXPECT_TRUE(client_.finished);
}

TEST_F(route_proxy_test, a_large_answer_passes_in_small_pieces) {
    const std::string large(20'000'000, 'x');
    play([&](fake_peer& peer) {
        peer.read_head();
        peer.answer(large);
    });
    open_pool();
    pass();
    EXPECT_EQ(client_.content.size(), large.size());
    EXPECT_LE(client_.largest_piece, 64u * 1024);
}

TEST_F(route_proxy_test, little_is_read_at_once_for_a_client_that_takes_little) {
    const std::string large(2'000'000, 'x');
    play([&](fake_peer& peer) {
        peer.read_head();
        peer.answer(large);
    });
    open_pool();
    client_.room_bytes = 0;
    pass();
    EXPECT_EQ(client_.content.size(), large.size());
    EXPECT_LE(client_.largest_piece, 16u * 1024);
}

TEST_F(route_proxy_test, a_slow_client_holds_the_upstream_back) {
    // The origin's thread outlives this function's own variables.
    const auto sent = std::make_shared<std::atomic<std::size_t>>(0);
    const auto block = std::make_shared<const std::string>(1'000'000, 'x');
    constexpr std::size_t blocks = 64;
    play([sent, block](fake_peer& peer) {
        peer.read_head();
        peer.send("HTTP/1.1 200 OK\r\n\r\n");
        for (std::size_t at = 0; at < blocks && peer.send(*block); ++at)
            ++*sent;
    });
    settings_.timeout.total = short_time;  // not the client's: it may take longer than the upstream
    open_pool();
    client_.slow = true;
    bool done = false;
    boost::asio::co_spawn(io_, proxy_.handle(client_, pool_, "bypass", nullptr),
                          [&](std::exception_ptr) { done = true; });
    // Until the first piece waits for the client, and longer than the upstream's own timeouts.
    run_until(io_, [&] { return client_.started; });
    const steady_time later = in(short_time * 3);
    run_until(io_, [&] { return std::chrono::steady_clock::now() > later; });
    EXPECT_LT(*sent, blocks / 2);
    EXPECT_FALSE(done);
    client_.slow = false;
    client_.writable.cancel();
    run_until(io_, [&] { return done; });
    EXPECT_EQ(client_.content.size(), block->size() * blocks);
    EXPECT_TRUE(client_.finished);
}

TEST_F(route_proxy_test, a_slow_upstream_holds_the_client_back) {
    play([&](fake_peer& peer) {
        peer.read_head();
        origin_->hold();
        peer.read_bytes(64'000'000);
        peer.answer("ok");
    });
    open_pool();
    post(std::deque<std::string>(1000, std::string(64'000, 'x')), 64'000'000);
    bool done = false;
    boost::asio::co_spawn(io_, proxy_.handle(client_, pool_, "bypass", nullptr),
                          [&](std::exception_ptr) { done = true; });
    std::size_t before = 0;
    // The client's body stops moving when the buffers of the system are full.
    for (int quiet = 0; quiet < 20;) {
        const steady_time soon = in(milliseconds(5));
        run_until(io_, [&] { return std::chrono::steady_clock::now() > soon; });
        quiet = client_.taken_pieces == before && before > 0 ? quiet + 1 : 0;
        before = client_.taken_pieces;
    }
    EXPECT_LT(client_.taken_pieces, 500u);
    origin_->release();
    run_until(io_, [&] { return done; });
    EXPECT_EQ(client_.taken_pieces, 1000u);
    EXPECT_EQ(client_.content, "ok");
}

TEST_F(route_proxy_test, an_answer_before_the_request_is_complete_reaches_the_client) {
    play([&](fake_peer& peer) {
        peer.read_head();
        peer.read_bytes(5);
        peer.send("HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Length: 3\r\n\r\nno!");
        peer.sees_the_end();
    });
    open_pool();
    post({"hello"}, 1'000'000);
    client_.body_ends = false;
    bool done = false;
    boost::asio::co_spawn(io_, proxy_.handle(client_, pool_, "bypass", nullptr),
                          [&](std::exception_ptr) { done = true; });
    // Although the client, which is silent now, never ends its body.
    run_until(io_, [&] { return done; });
    EXPECT_TRUE(client_.finished);
    EXPECT_EQ(client_.answer.status, 413);
    EXPECT_EQ(client_.content, "no!");
    EXPECT_TRUE(client_.read_cancelled);
    EXPECT_EQ(pool_->counts().open(), 0u);
    EXPECT_FALSE(client_.aborted);
}

TEST_F(route_proxy_test, an_upstream_that_fails_before_its_answer_makes_a_problem) {
    play([this](fake_peer& peer) {
        const std::string head = peer.read_head();
        if (head.starts_with("GET /stall")) origin_->hold();
        if (head.starts_with("GET /garbage")) peer.send("not http\r\n\r\n");
    });
    settings_.retries = 0;
    settings_.timeout.first_byte = milliseconds(100);
    open_pool();
    client_.request.target = "/stall";
    pass();
    EXPECT_TRUE(client_.whole);
    EXPECT_EQ(client_.answer.status, 504);
    EXPECT_THAT(client_.content, HasSubstr("urn:nearside:problem:first_byte_timeout"));
    client_.request.target = "/garbage";
    pass();
    EXPECT_EQ(client_.answer.status, 502);
    EXPECT_THAT(client_.content, HasSubstr("urn:nearside:problem:malformed_response"));
    client_.request.target = "/close";
    pass();
    EXPECT_THAT(client_.content, HasSubstr("urn:nearside:problem:closed_early"));
    client_.request.target = "/api/../x";
    pass();
    EXPECT_EQ(client_.answer.status, 400);
}

TEST_F(route_proxy_test, an_upstream_that_fails_in_its_answer_breaks_the_clients_connection) {
    play([](fake_peer& peer) {
        peer.read_head();
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
    });
    open_pool();
    pass();
    EXPECT_TRUE(client_.started);
    EXPECT_EQ(client_.content, "half");
    EXPECT_TRUE(client_.aborted);
    EXPECT_FALSE(client_.finished);
}

TEST_F(route_proxy_test, a_client_that_goes_ends_the_upstream_call) {
    std::atomic<bool> ended{false};
    play([&](fake_peer& peer) {
        peer.read_head();
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
        ended = peer.sees_the_end();
    });
    open_pool();
    client_.gone = true;
    pass();
    run_until(io_, [&] { return ended.load(); });
    EXPECT_FALSE(client_.finished);
    EXPECT_EQ(pool_->counts().open(), 0u);
}

TEST_F(route_proxy_test, a_client_that_goes_before_the_answer_ends_the_upstream_call_and_is_told_nothing) {
    std::atomic<bool> asked{false};
    std::atomic<bool> ended{false};
    std::atomic<int> connections{0};
    play([&](fake_peer& peer) {
        ++connections;
        peer.read_head();
        asked = true;
        ended = peer.sees_the_end();
    });
    settings_.retries = 3;
    open_pool();
    bool done = false;
    boost::asio::co_spawn(io_, proxy_.handle(client_, pool_, "bypass", nullptr),
                          [&](std::exception_ptr) { done = true; });
    run_until(io_, [&] { return asked.load(); });
    EXPECT_FALSE(done);
    ASSERT_TRUE(client_.on_gone_call);
    client_.on_gone_call();
    run_until(io_, [&] { return done && ended; });
    EXPECT_TRUE(client_.aborted);
    EXPECT_FALSE(client_.whole);
    EXPECT_EQ(connections, 1) << "nothing is tried again for it";
}

TEST_F(route_proxy_test, a_client_that_goes_while_the_upstream_pauses_ends_the_upstream_call) {
    std::atomic<bool> ended{false};
    play([&](fake_peer& peer) {
        peer.read_head();
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
        ended = peer.sees_the_end();
    });
    open_pool();
    bool done = false;
    boost::asio::co_spawn(io_, proxy_.handle(client_, pool_, "bypass", nullptr),
                          [&](std::exception_ptr) { done = true; });
    run_until(io_, [&] { return client_.content == "half"; });
    EXPECT_FALSE(done);
    client_.on_gone_call();
    run_until(io_, [&] { return done && ended; });
    EXPECT_TRUE(client_.aborted);
}

TEST_F(route_proxy_test, a_client_that_ends_within_its_body_is_gone) {
    std::atomic<bool> ended{false};
    play([&](fake_peer& peer) {
        peer.read_head();
        ended = peer.sees_the_end();
    });
    open_pool();
    post({"hello"}, 10);
    client_.body_failure = errc::closed_early;
    pass();
    EXPECT_TRUE(client_.aborted);
    EXPECT_FALSE(client_.whole);
    run_until(io_, [&] { return ended.load(); });
}

TEST_F(route_proxy_test, an_upstream_that_fails_does_not_wait_for_the_rest_of_the_clients_body) {
    play([&](fake_peer& peer) {
        peer.read_head();
        peer.read_bytes(5);
        peer.send("not http\r\n\r\n");
        peer.sees_the_end();
    });
    open_pool();
    post({"hello"}, 1'000'000);
    client_.body_ends = false;
    pass();
    EXPECT_EQ(client_.answer.status, 502);
    EXPECT_THAT(client_.content, HasSubstr("malformed_response"));
}

TEST_F(route_proxy_test, a_clients_broken_body_is_the_clients_fault_and_never_looks_complete_to_the_upstream) {
    std::atomic<bool> ended{false};
    std::string got;
    play([&](fake_peer& peer) {
        peer.read_head();
        got = peer.read_bytes(10);
        ended = peer.sees_the_end();
    });
    open_pool();
    post({"hello"}, {});
    client_.body_failure = errc::body_too_large;
    pass();
    EXPECT_EQ(client_.answer.status, 413);
    run_until(io_, [&] { return ended.load(); });
    EXPECT_EQ(got, "5\r\nhello\r\n");
}

TEST_F(route_proxy_test, a_get_on_a_connection_that_had_died_is_repeated_and_a_post_is_not) {
    play([](fake_peer& peer) {
        peer.read_head();
        peer.answer("one");
        peer.read_head();  // and closes instead of answering
    });
    settings_.retries = 0;
    open_pool();
    pass();
    EXPECT_EQ(pool_->counts().idle, 1u);
    pass();
    EXPECT_EQ(client_.answer.status, 200);
    EXPECT_EQ(pool_->counts().connects, 2u);
    ASSERT_EQ(pool_->counts().idle, 1u);
    client_.request.method = "POST";
    pass();
    EXPECT_EQ(client_.answer.status, 502);
    EXPECT_EQ(pool_->counts().connects, 2u);
}

TEST_F(route_proxy_test, head_tells_the_length_and_brings_no_body) {
    play([](fake_peer& peer) {
        while (!peer.read_head().empty())
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n");
    });
    open_pool();
    client_.request.method = "HEAD";
    pass();
    EXPECT_EQ(client_.answer.fields.find("content-length"), "1234");
    EXPECT_EQ(client_.length, std::nullopt);
    EXPECT_TRUE(client_.finished);
    EXPECT_EQ(pool_->counts().idle, 1u);
}

}  // namespace
}  // namespace nearside::proxy
