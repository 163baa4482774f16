#include "proxy/upstream_health.h"

#include "proxy/upstream_exchange.h"
#include "tests/unit/proxy/upstream_fixture.h"

namespace nearside::proxy {
namespace {

TEST(upstream_health_judgement, a_5xx_speaks_against_the_upstream_a_4xx_does_not) {
    for (const int bad : {500, 502, 503, 504, 520})
        EXPECT_EQ(judge_status(bad), circuit::outcome::failed) << bad;
    for (const int fine : {200, 204, 304, 400, 401, 404, 408, 429, 501, 505})
        EXPECT_EQ(judge_status(fine), circuit::outcome::good) << fine;
}

TEST(upstream_health_judgement, only_time_that_the_upstream_was_given_counts_against_it) {
    EXPECT_EQ(judge_failure(errc::total_timeout, false), circuit::outcome::failed);
    EXPECT_EQ(judge_failure(errc::total_timeout, true), circuit::outcome::unknown);
    EXPECT_EQ(judge_failure(errc::first_byte_timeout, true), circuit::outcome::failed);
    for (const errc ours : {errc::cancelled, errc::upstream_busy, errc::shutting_down, errc::response_too_large,
                            errc::body_too_large, errc::request_timeout})
        EXPECT_EQ(judge_failure(ours, false), circuit::outcome::unknown) << to_string(ours);
}

class upstream_circuit_test : public upstream_fixture {
protected:
    upstream_circuit_test() {
        settings_.retries = 0;
        settings_.circuit = {.failures = 2, .window = long_time, .open_for = long_time};
    }

    // One GET over the pool; the status, or the error.
    result<int> get(milliseconds total = long_time, bool callers_time = false) {
        auto lasting = guard(total);
        if (callers_time) lasting->total_is_the_callers();
        std::optional<result<int>> got;
        boost::asio::co_spawn(io_, ask(pool_, lasting, settings_.timeout.first_byte),
                              [&](std::exception_ptr, result<int> status) { got.emplace(std::move(status)); });
        run_until(io_, [&] { return got.has_value(); });
        return std::move(*got);
    }
    static boost::asio::awaitable<result<int>> ask(std::shared_ptr<upstream_pool> pool,
                                                   std::shared_ptr<call_guard> guard, milliseconds first_byte) {
        auto lease = co_await pool->acquire({}, guard);
        if (!lease) co_return lease.error();
        upstream_exchange exchange(**lease, guard, false);
        const std::string request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
        const auto sent = co_await exchange.send(request);
        if (!sent) co_return sent.error();
        guard->enter_phase(in(first_byte), errc::first_byte_timeout);
        auto head = co_await exchange.receive_head();
        if (!head) co_return head.error();
        const auto body = co_await exchange.receive_all(1024);
        if (!body) co_return body.error();
        exchange.settle(*lease);
        co_return head->status;
    }
};

void answer_500(fake_peer& peer) {
    while (!peer.read_head().empty())
        peer.send("HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n");
}

TEST_F(upstream_circuit_test, an_upstream_that_answers_5xx_is_soon_not_asked_any_more) {
    play(answer_500);
    open_pool();
    EXPECT_EQ(get().value(), 500);
    EXPECT_EQ(get().value(), 500);
    const auto refused = get();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error(), errc::upstream_unavailable);
    EXPECT_GT(refused.error().retry_after.count(), 0);
    EXPECT_LE(refused.error().retry_after, long_time);
    EXPECT_EQ(pool_->health().state, circuit::state::open);
    EXPECT_EQ(pool_->health().opened, 1u);
    EXPECT_EQ(pool_->health().refused, 1u);
}

TEST_F(upstream_circuit_test, one_that_cannot_be_reached_too) {
    play(answer_500);
    origin_.reset();
    open_pool();
    EXPECT_EQ(get().error(), errc::connect_failed);
    EXPECT_EQ(get().error(), errc::connect_failed);
    EXPECT_EQ(get().error(), errc::upstream_unavailable);
}

TEST_F(upstream_circuit_test, one_that_stays_silent_too) {
    settings_.timeout.first_byte = short_time;
    play([](fake_peer& peer) { peer.sees_the_end(); });
    open_pool();
    EXPECT_EQ(get().error(), errc::first_byte_timeout);
    EXPECT_EQ(get().error(), errc::first_byte_timeout);
    EXPECT_EQ(get().error(), errc::upstream_unavailable);
}

TEST_F(upstream_circuit_test, a_caller_that_has_no_time_says_nothing_about_the_upstream) {
    play([](fake_peer& peer) { peer.sees_the_end(); });
    open_pool();
    for (int each = 0; each < 4; ++each)
        EXPECT_EQ(get(short_time, true).error(), errc::total_timeout);
    EXPECT_EQ(pool_->health().state, circuit::state::closed);
}

TEST_F(upstream_circuit_test, a_body_that_breaks_off_counts_though_its_head_was_fine) {
    play([](fake_peer& peer) {
        peer.read_head();
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
    });
    open_pool();
    EXPECT_EQ(get().error(), errc::closed_early);
    EXPECT_EQ(get().error(), errc::closed_early);
    EXPECT_EQ(get().error(), errc::upstream_unavailable);
}

TEST_F(upstream_circuit_test, kept_connections_that_had_died_do_not_count) {
    settings_.circuit.failures = 1;
    play([](fake_peer& peer) {
        peer.read_head();
        peer.answer("{}");
        peer.read_head();  // and closes instead of answering
    });
    open_pool();
    EXPECT_EQ(get().value(), 200);
    EXPECT_EQ(get().error(), errc::closed_early);
    EXPECT_EQ(pool_->health().state, circuit::state::closed);
}

TEST_F(upstream_circuit_test, when_it_is_well_again_a_probe_finds_out) {
    settings_.circuit.open_for = short_time;
    play([](fake_peer& peer) {
        if (peer.number < 2) {
            peer.read_head();
            return;
        }
        answer_all(peer);
    });
    open_pool();
    EXPECT_EQ(get().error(), errc::closed_early);
    EXPECT_EQ(get().error(), errc::closed_early);
    run_until(io_, [&] {
        const auto tried = get();
        return tried && *tried == 200;
    });
    EXPECT_EQ(pool_->health().state, circuit::state::closed);
}

}  // namespace
}  // namespace nearside::proxy
