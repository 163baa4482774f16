#include "proxy/stream_wait.h"

#include "tests/unit/proxy/times.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>

namespace nearside::proxy {
namespace {

// What its coroutine has seen: w woken, t the time has come.
struct waiting_one {
    explicit waiting_one(boost::asio::io_context& thread) : wait(thread.get_executor()) {}
    stream_wait wait;
    std::string seen;
    milliseconds patience = long_time;
};

boost::asio::awaitable<void> look_on(std::shared_ptr<waiting_one> of, std::size_t times) {
    while (of->seen.size() < times) {
        bool woken = of->wait.take_signal();
        if (!woken) woken = co_await of->wait.wait(in(of->patience));
        of->seen += woken ? 'w' : 't';
    }
}

std::shared_ptr<waiting_one> start_waiting(boost::asio::io_context& thread, std::size_t times, milliseconds patience) {
    auto made = std::make_shared<waiting_one>(thread);
    made->patience = patience;
    boost::asio::co_spawn(thread, look_on(made, times), boost::asio::detached);
    thread.poll();
    return made;
}

TEST(stream_wait, who_waits_goes_on_before_wake_returns) {
    boost::asio::io_context thread;
    const auto one = start_waiting(thread, 3, long_time);
    one->wait.wake();
    EXPECT_EQ(one->seen, "w");
    one->wait.wake();
    one->wait.wake();
    EXPECT_EQ(one->seen, "www");
}

TEST(stream_wait, or_soon) {
    boost::asio::io_context thread;
    const auto one = start_waiting(thread, 2, long_time);
    one->wait.wake_soon();
    EXPECT_EQ(one->seen, "");
    thread.poll();
    EXPECT_EQ(one->seen, "w");
    one->wait.wake_soon();
    one->wait.wake();
    EXPECT_EQ(one->seen, "ww");
    thread.run();
}

TEST(stream_wait, a_signal_before_the_wait_is_kept) {
    boost::asio::io_context thread;
    const auto one = std::make_shared<waiting_one>(thread);
    one->wait.wake();
    boost::asio::co_spawn(thread, look_on(one, 1), boost::asio::detached);
    thread.run();
    EXPECT_EQ(one->seen, "w");
}

TEST(stream_wait, the_deadline_comes_and_moves_with_each_wait) {
    boost::asio::io_context thread;
    const auto began = std::chrono::steady_clock::now();
    const auto one = start_waiting(thread, 3, milliseconds{50});
    one->patience = milliseconds{100};
    one->wait.wake();
    thread.run();
    EXPECT_EQ(one->seen, "wtt");
    EXPECT_GE(std::chrono::steady_clock::now() - began, milliseconds{200});
}

TEST(stream_wait, who_waits_goes_away_with_the_executor) {
    std::weak_ptr<waiting_one> left;
    {
        boost::asio::io_context thread;
        left = start_waiting(thread, 1, long_time);
        EXPECT_FALSE(left.expired());
    }
    EXPECT_TRUE(left.expired());
}

}  // namespace
}  // namespace nearside::proxy
