#include "proxy/call_guard.h"

#include "tests/support/run_io.h"
#include "tests/unit/proxy/times.h"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

namespace nearside::proxy {
namespace {

using testing::run_until;

struct counting_wait final : interruptible {
    void interrupt() noexcept override { ++interrupted; }
    int interrupted = 0;
};

TEST(call_guard_test, the_deadline_of_the_phase_ends_what_the_call_waits_for) {
    boost::asio::io_context io;
    const auto guard = call_guard::create(io.get_executor(), in(long_time));
    counting_wait waiting;
    const call_guard::watch watch(*guard, waiting);
    guard->enter_phase(in(short_time), errc::first_byte_timeout);
    run_until(io, [&] { return guard->stopped(); });
    EXPECT_EQ(guard->why(errc::internal), errc::first_byte_timeout);
    EXPECT_EQ(waiting.interrupted, 1);
}

TEST(call_guard_test, a_phase_longer_than_the_whole_call_ends_with_the_call) {
    boost::asio::io_context io;
    const auto guard = call_guard::create(io.get_executor(), in(short_time));
    guard->enter_phase(in(long_time), errc::first_byte_timeout);
    run_until(io, [&] { return guard->stopped(); });
    EXPECT_EQ(guard->why(errc::internal), errc::total_timeout);
}

TEST(call_guard_test, a_phase_left_in_time_ends_nothing) {
    boost::asio::io_context io;
    const auto guard = call_guard::create(io.get_executor(), in(long_time));
    const steady_time due = in(short_time);
    guard->enter_phase(due, errc::first_byte_timeout);
    guard->enter_last_phase();
    run_until(io, [&] { return std::chrono::steady_clock::now() > due + short_time; });
    EXPECT_FALSE(guard->stopped());
}

TEST(call_guard_test, a_total_that_moves_on_with_each_piece_ends_only_a_stall) {
    boost::asio::io_context io;
    const auto guard = call_guard::create(io.get_executor(), in(short_time));
    guard->move_total(steady_time::max());
    const steady_time later = in(short_time * 3);
    run_until(io, [&] { return std::chrono::steady_clock::now() > later; });
    EXPECT_FALSE(guard->stopped());
    guard->move_total(in(short_time));
    run_until(io, [&] { return guard->stopped(); });
    EXPECT_EQ(guard->why(errc::internal), errc::total_timeout);
}

TEST(call_guard_test, the_first_reason_stands_and_what_begins_after_it_is_interrupted_at_once) {
    boost::asio::io_context io;
    const auto guard = call_guard::create(io.get_executor(), in(long_time));
    guard->stop(errc::cancelled);
    guard->stop(errc::total_timeout);
    EXPECT_EQ(guard->why(errc::internal), errc::cancelled);
    counting_wait waiting;
    const call_guard::watch watch(*guard, waiting);
    EXPECT_EQ(waiting.interrupted, 1);
}

TEST(call_guard_test, a_guard_that_is_gone_leaves_no_timer_behind) {
    boost::asio::io_context io;
    {
        const auto guard = call_guard::create(io.get_executor(), in(long_time));
    }
    EXPECT_GE(io.run_for(long_time), 1u);  // the cancelled wait
    EXPECT_TRUE(io.stopped());
}

}  // namespace
}  // namespace nearside::proxy
