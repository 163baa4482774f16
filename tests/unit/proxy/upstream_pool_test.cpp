#include "proxy/upstream_pool.h"

#include "tests/unit/proxy/upstream_fixture.h"

#include <sys/resource.h>
#include <unistd.h>

namespace nearside::proxy {
namespace {

using upstream_pool_test = upstream_fixture;

TEST_F(upstream_pool_test, warm_connections_are_opened_at_start_and_only_then_it_is_ready) {
    settings_.warm_connections = 3;
    play(answer_all);
    open_pool();
    EXPECT_FALSE(pool_->ready());
    run_until(io_, [&] { return pool_->ready(); });
    EXPECT_EQ(pool_->counts().idle, 3u);
    EXPECT_EQ(pool_->counts().connects, 3u);
}

TEST_F(upstream_pool_test, without_warm_connections_it_is_ready_at_once) {
    play(answer_all);
    open_pool();
    EXPECT_TRUE(pool_->ready());
}

TEST_F(upstream_pool_test, an_upstream_that_cannot_be_reached_is_never_ready) {
    settings_.warm_connections = 1;
    play(answer_all);
    origin_.reset();  // the port is free again
    open_pool();
    run_until(io_, [&] { return pool_->counts().failed_connects > 0; });
    EXPECT_FALSE(pool_->ready());
}

TEST_F(upstream_pool_test, running_out_of_descriptors_is_not_told_as_the_upstreams_fault) {
    play(answer_all);
    settings_.circuit.failures = 1;
    open_pool();
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
    const int lowest_free = ::dup(0);
    ::close(lowest_free);
    const rlimit none_left{static_cast<rlim_t>(lowest_free), before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none_left), 0);
    const auto refused = acquire();
    EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error(), errc::out_of_descriptors);
    EXPECT_EQ(pool_->health().state, circuit::state::closed);
    EXPECT_TRUE(acquire());
}

TEST_F(upstream_pool_test, a_surplus_that_grows_old_is_not_counted_as_renewed) {
    settings_.keep_alive = milliseconds(60);
    play(answer_all);
    open_pool();
    auto lease = acquire();
    ASSERT_TRUE(lease);
    lease->give_back({});
    run_until(io_, [&] { return pool_->counts().surplus == 1; });
    EXPECT_EQ(pool_->counts().renewed, 0u);
}

TEST_F(upstream_pool_test, a_connection_given_back_serves_the_next_call) {
    play(answer_all);
    open_pool();
    auto first = acquire();
    ASSERT_TRUE(first);
    EXPECT_FALSE(first->reused());
    first->give_back({});
    auto second = acquire();
    ASSERT_TRUE(second);
    EXPECT_TRUE(second->reused());
    EXPECT_EQ(pool_->counts().connects, 1u);
    EXPECT_EQ(pool_->counts().reused, 1u);
}

TEST_F(upstream_pool_test, a_connection_not_given_back_is_closed) {
    play(answer_all);
    open_pool();
    {
        auto lease = acquire();
    }
    EXPECT_EQ(pool_->counts().open(), 0u);
}

TEST_F(upstream_pool_test, a_warm_connection_that_the_upstream_closes_is_replaced_without_any_call) {
    settings_.warm_connections = 1;
    play([](fake_peer& peer) {
        if (peer.number == 0) return;  // closes at once
        answer_all(peer);
    });
    open_pool();
    run_until(io_, [&] { return pool_->counts().connects == 2; });
    EXPECT_EQ(pool_->counts().idle, 1u);
    EXPECT_EQ(pool_->counts().found_dead, 1u);
}

TEST_F(upstream_pool_test, a_dead_idle_connection_is_never_lent) {
    play([this](fake_peer& peer) {
        if (peer.number == 0) {
            origin_->hold();
            peer.close();
        }
        answer_all(peer);
    });
    settings_.keep_alive = long_time;
    open_pool();
    auto lease = acquire();
    ASSERT_TRUE(lease);
    auto* transport = lease->operator->()->transport.get();
    lease->give_back({});
    origin_->release();
    run_until(io_, [&] { return pool_->counts().idle == 0 || !transport->seems_alive(); });
    auto next = acquire();
    ASSERT_TRUE(next);
    EXPECT_FALSE(next->reused());
    EXPECT_EQ(pool_->counts().found_dead, 1u);
}

TEST_F(upstream_pool_test, bytes_that_nobody_asked_for_make_a_kept_connection_useless) {
    play([](fake_peer& peer) {
        if (peer.number == 0) peer.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        answer_all(peer);
    });
    open_pool();
    auto lease = acquire();
    ASSERT_TRUE(lease);
    auto* transport = lease->operator->()->transport.get();
    run_until(io_, [&] { return !transport->seems_alive(); });
    lease->give_back({});
    auto next = acquire();
    ASSERT_TRUE(next);
    EXPECT_FALSE(next->reused());
}

TEST_F(upstream_pool_test, warm_connections_are_renewed_before_their_keep_alive_ends_and_never_stand_empty) {
    settings_.warm_connections = 2;
    settings_.keep_alive = milliseconds(200);
    play(answer_all);
    open_pool();
    run_until(io_, [&] { return pool_->ready(); });
    std::uint64_t least = 2;
    run_until(io_, [&] {
        const pool_counts now = pool_->counts();
        least = std::min(least, now.idle);
        return now.renewed >= 4;
    });
    EXPECT_GE(pool_->counts().connects, 4u);
    EXPECT_EQ(least, 2u);
}

TEST_F(upstream_pool_test, the_upstreams_own_keep_alive_is_heeded_where_it_is_shorter) {
    settings_.warm_connections = 1;
    play(answer_all);
    open_pool();
    run_until(io_, [&] { return pool_->ready(); });
    auto lease = acquire();
    ASSERT_TRUE(lease);
    lease->give_back(milliseconds(50));
    run_until(io_, [&] { return pool_->counts().renewed == 1; });
    EXPECT_EQ(pool_->counts().connects, 2u);
}

TEST_F(upstream_pool_test, a_call_that_cannot_be_repeated_gets_no_connection_past_half_of_its_keep_alive) {
    settings_.keep_alive = milliseconds(60);
    play(answer_all);
    open_pool();
    auto lease = acquire();
    ASSERT_TRUE(lease);
    lease->give_back({});
    const auto at_once = acquire({.kept = connection_wish::reuse::surely_alive});
    // Whether the machine was fast enough for this is the clock's affair; that an old one isn't taken is ours.
    const steady_time old = in(milliseconds(45));
    auto other = acquire();
    ASSERT_TRUE(other);
    other->give_back({});
    run_until(io_, [&] { return std::chrono::steady_clock::now() > old; });
    auto later = acquire({.kept = connection_wish::reuse::surely_alive});
    ASSERT_TRUE(later);
    EXPECT_FALSE(later->reused());
}

TEST_F(upstream_pool_test, a_call_may_insist_on_a_new_connection_even_when_all_places_are_taken_by_idle_ones) {
    settings_.max_connections = 1;
    play(answer_all);
    open_pool();
    auto lease = acquire();
    ASSERT_TRUE(lease);
    lease->give_back({});
    auto fresh = acquire({.kept = connection_wish::reuse::none});
    ASSERT_TRUE(fresh);
    EXPECT_FALSE(fresh->reused());
    EXPECT_EQ(pool_->counts().open(), 1u);
}

TEST_F(upstream_pool_test, over_max_calls_wait_in_order_and_get_what_is_given_back) {
    settings_.max_connections = 1;
    play(answer_all);
    open_pool();
    std::optional<result<upstream_lease>> held(acquire());
    std::vector<int> order;
    std::vector<upstream_lease> leases;
    for (int number = 0; number < 3; ++number) {
        boost::asio::co_spawn(io_, pool_->acquire({}, guard()),
                              [&, number](std::exception_ptr, result<upstream_lease> lease) {
                                  order.push_back(number);
                                  lease->give_back({});
                              });
    }
    run_until(io_, [&] { return pool_->counts().waiting == 3; });
    EXPECT_EQ(pool_->counts().connects, 1u);
    (*held)->give_back({});
    run_until(io_, [&] { return order.size() == 3; });
    EXPECT_EQ(order, (std::vector<int>{0, 1, 2}));
    EXPECT_EQ(pool_->counts().connects, 1u);
}

TEST_F(upstream_pool_test, calls_that_nobody_waits_for_come_after_those_that_somebody_waits_for) {
    settings_.max_connections = 1;
    play(answer_all);
    open_pool();
    auto held = acquire();
    ASSERT_TRUE(held);
    std::vector<std::string> order;
    const auto queue_up = [&](call_priority priority, std::string name) {
        boost::asio::co_spawn(io_, pool_->acquire({.priority = priority}, guard()),
                              [&order, name](std::exception_ptr, result<upstream_lease> lease) {
                                  order.push_back(name);
                                  lease->give_back({});
                              });
    };
    queue_up(call_priority::background, "refresh");
    queue_up(call_priority::foreground, "visitor");
    run_until(io_, [&] { return pool_->counts().waiting == 2; });
    held->give_back({});
    run_until(io_, [&] { return order.size() == 2; });
    EXPECT_EQ(order, (std::vector<std::string>{"visitor", "refresh"}));
}

TEST_F(upstream_pool_test, a_full_queue_refuses_at_once) {
    settings_.max_connections = 1;
    settings_.max_queue = 1;
    play(answer_all);
    open_pool();
    auto held = acquire();
    ASSERT_TRUE(held);
    std::optional<result<upstream_lease>> waiting;
    boost::asio::co_spawn(io_, pool_->acquire({}, guard()),
                          [&](std::exception_ptr, result<upstream_lease> lease) { waiting.emplace(std::move(lease)); });
    run_until(io_, [&] { return pool_->counts().waiting == 1; });
    const auto refused = acquire();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error(), errc::upstream_busy);
    EXPECT_EQ(pool_->counts().refused_busy, 1u);
    held->give_back({});
    run_until(io_, [&] { return waiting.has_value(); });
    EXPECT_TRUE(*waiting);
}

TEST_F(upstream_pool_test, a_call_whose_time_runs_out_in_the_queue_is_told_that_the_upstream_is_busy) {
    settings_.max_connections = 1;
    play(answer_all);
    open_pool();
    auto held = acquire();
    ASSERT_TRUE(held);
    const auto waited = acquire({}, short_time);
    ASSERT_FALSE(waited);
    EXPECT_EQ(waited.error(), errc::upstream_busy);
    EXPECT_EQ(pool_->counts().waiting, 0u);
}

TEST_F(upstream_pool_test, a_place_that_becomes_free_by_a_closed_connection_is_used_for_the_next_in_the_queue) {
    settings_.max_connections = 1;
    play(answer_all);
    open_pool();
    std::optional<result<upstream_lease>> held(acquire());
    std::optional<result<upstream_lease>> waiting;
    boost::asio::co_spawn(io_, pool_->acquire({}, guard()),
                          [&](std::exception_ptr, result<upstream_lease> lease) { waiting.emplace(std::move(lease)); });
    run_until(io_, [&] { return pool_->counts().waiting == 1; });
    held.reset();  // closed, not given back
    run_until(io_, [&] { return waiting.has_value(); });
    ASSERT_TRUE(*waiting);
    EXPECT_FALSE((*waiting)->reused());
}

TEST_F(upstream_pool_test, a_waiting_call_takes_a_returned_connection_rather_than_wait_for_its_own_to_open) {
    play(answer_all);
    open_pool();
    auto held = acquire();
    ASSERT_TRUE(held);
    std::optional<result<upstream_lease>> waiting;
    boost::asio::co_spawn(io_, pool_->acquire({}, guard()),
                          [&](std::exception_ptr, result<upstream_lease> lease) { waiting.emplace(std::move(lease)); });
    // The dial has begun and nothing of it is done yet.
    run_until(io_, [&] { return pool_->counts().waiting == 1; });
    ASSERT_EQ(pool_->counts().opening, 1u);
    held->give_back({});
    run_until(io_, [&] { return waiting.has_value(); });
    ASSERT_TRUE(*waiting);
    EXPECT_TRUE((*waiting)->reused());
    run_until(io_, [&] { return pool_->counts().idle == 1; });  // its own, kept for the next
}

TEST_F(upstream_pool_test, a_refused_connection_fails_the_call_that_needed_it) {
    play(answer_all);
    origin_.reset();
    open_pool();
    const auto refused = acquire();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error(), errc::connect_failed);
}

TEST_F(upstream_pool_test, a_name_that_does_not_exist_is_told_as_such) {
    settings_.host = "no-such-host.invalid";
    settings_.port = 80;
    open_pool();
    const auto failed = acquire();
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error(), errc::resolve_failed);
}

TEST_F(upstream_pool_test, a_name_is_looked_up_and_its_addresses_are_tried_in_turn) {
    settings_.host = "localhost";  // ::1 first on many machines, where nothing listens
    play(answer_all);
    open_pool();
    const auto lease = acquire();
    EXPECT_TRUE(lease);
}

TEST_F(upstream_pool_test, shutdown_ends_those_who_wait) {
    settings_.max_connections = 1;
    play(answer_all);
    open_pool();
    auto held = acquire();
    ASSERT_TRUE(held);
    std::optional<result<upstream_lease>> waiting;
    boost::asio::co_spawn(io_, pool_->acquire({}, guard()),
                          [&](std::exception_ptr, result<upstream_lease> lease) { waiting.emplace(std::move(lease)); });
    run_until(io_, [&] { return pool_->counts().waiting == 1; });
    pool_->shutdown();
    run_until(io_, [&] { return waiting.has_value(); });
    EXPECT_EQ(waiting->error(), errc::shutting_down);
    held->give_back({});
    EXPECT_EQ(pool_->counts().open(), 0u);
    EXPECT_EQ(acquire().error(), errc::shutting_down);
}

TEST_F(upstream_pool_test, a_call_given_up_while_it_waits_leaves_the_queue) {
    settings_.max_connections = 1;
    play(answer_all);
    open_pool();
    auto held = acquire();
    ASSERT_TRUE(held);
    const auto call = guard();
    std::optional<result<upstream_lease>> waiting;
    boost::asio::co_spawn(io_, pool_->acquire({}, call),
                          [&](std::exception_ptr, result<upstream_lease> lease) { waiting.emplace(std::move(lease)); });
    run_until(io_, [&] { return pool_->counts().waiting == 1; });
    call->stop(errc::cancelled);
    run_until(io_, [&] { return waiting.has_value(); });
    EXPECT_EQ(waiting->error(), errc::cancelled);
    EXPECT_EQ(pool_->counts().waiting, 0u);
}

}  // namespace
}  // namespace nearside::proxy
