#include "aggregators/jq_turns.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace nearside::aggregators {
namespace {

namespace asio = boost::asio;

TEST(jq_turns, other_work_comes_between_what_waits_for_its_turn) {
    asio::io_context workers;
    std::string order;
    jq_turns& turns = jq_turns::of(workers.get_executor());
    for (const char name : {'a', 'b', 'c'})
        turns.post(workers.get_executor(), [&order, name] { order += name; });
    asio::post(workers, [&order] { order += '-'; });
    workers.poll();
    EXPECT_EQ(order, "a-bc");
    turns.post(workers.get_executor(), [&order] { order += 'd'; });
    workers.restart();
    workers.poll();
    EXPECT_EQ(order, "a-bcd");
}

TEST(jq_turns, as_many_go_on_at_once_as_who_builds_the_pool_says) {
    asio::io_context workers;
    asio::make_service<jq_turns>(workers, 2U);
    std::string order;
    for (const char name : {'a', 'b', 'c'})
        jq_turns::of(workers.get_executor()).post(workers.get_executor(), [&order, name] { order += name; });
    asio::post(workers, [&order] { order += '-'; });
    workers.poll();
    EXPECT_EQ(order, "ab-c");
}

TEST(jq_turns, never_more_at_once_whatever_the_threads) {
    asio::io_context workers;
    asio::make_service<jq_turns>(workers, 2U);
    std::atomic<int> now{0}, most{0}, done{0};
    for (int job = 0; job < 2'000; ++job)
        jq_turns::of(workers.get_executor()).post(workers.get_executor(), [&now, &most, &done] {
            const int here = ++now;
            int seen = most;
            while (seen < here && !most.compare_exchange_weak(seen, here)) {
            }
            --now;
            ++done;
        });
    std::vector<std::thread> threads;
    for (int each = 0; each < 4; ++each)
        threads.emplace_back([&workers] { workers.run(); });
    for (std::thread& each : threads)
        each.join();
    EXPECT_EQ(done, 2'000);
    EXPECT_LE(most, 2);
}

TEST(jq_turns, what_still_waits_when_the_workers_end_is_dropped) {
    const auto held = std::make_shared<int>(0);
    {
        asio::io_context workers;
        for (int job = 0; job < 3; ++job)
            jq_turns::of(workers.get_executor()).post(workers.get_executor(), [held] { ++*held; });
        workers.poll_one();
        EXPECT_EQ(held.use_count(), 3);
    }
    EXPECT_EQ(*held, 1);
    EXPECT_EQ(held.use_count(), 1);
}

}  // namespace
}  // namespace nearside::aggregators
