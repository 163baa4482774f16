#include "proxy/stream_readers.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <vector>

namespace nearside::proxy {
namespace {

class listening final : public stream_reader {
public:
    void on_change() noexcept override {
        ++told;
        if (then) then();
    }
    int told = 0;
    std::function<void()> then;
};

// So many readers of one thread.
class audience {
public:
    explicit audience(std::size_t count) : all(count) {
        for (listening& each : all)
            memberships.push_back(of.join(thread.get_executor(), each));
    }
    void run() {
        thread.restart();
        thread.run();
    }

    boost::asio::io_context thread;
    stream_readers of;
    std::vector<listening> all;
    std::vector<std::unique_ptr<stream_readers::membership>> memberships;
};

TEST(stream_readers, tells_each_once_for_several_wakes_at_once) {
    audience at(1'000);
    at.of.wake();
    at.of.wake();
    at.run();
    for (const listening& each : at.all)
        EXPECT_EQ(each.told, 1);
    at.of.wake();
    at.run();
    for (const listening& each : at.all)
        EXPECT_EQ(each.told, 2);
}

TEST(stream_readers, lets_other_work_of_the_thread_go_in_between) {
    audience at(1'000);
    int told_before = 0;
    at.all.front().then = [&] {
        boost::asio::post(at.thread, [&] {
            for (const listening& each : at.all)
                told_before += each.told;
        });
    };
    at.of.wake();
    at.run();
    EXPECT_GT(told_before, 0);
    EXPECT_LT(told_before, 1'000);
}

TEST(stream_readers, tells_everybody_again_of_what_comes_meanwhile) {
    audience at(500);
    at.all[100].then = [&] {
        if (at.all[100].told == 1) at.of.wake();
    };
    at.of.wake();
    at.run();
    EXPECT_EQ(at.all.front().told, 2);
    EXPECT_EQ(at.all[100].told, 2);
    // Those who were still to be told know both by one call.
    EXPECT_GE(at.all.back().told, 1);
}

TEST(stream_readers, readers_may_leave_and_join_when_they_are_told) {
    audience at(300);
    listening late;
    std::unique_ptr<stream_readers::membership> of_late;
    at.all[10].then = [&] {
        at.memberships[10].reset();
        at.memberships[11].reset();
        at.memberships[9].reset();
        at.memberships[250].reset();
        of_late = at.of.join(at.thread.get_executor(), late);
    };
    at.of.wake();
    at.run();
    EXPECT_EQ(at.all[10].told, 1);
    EXPECT_EQ(at.all[11].told, 0);
    EXPECT_EQ(at.all[12].told, 1);
    EXPECT_EQ(at.all[250].told, 0);
    EXPECT_EQ(at.all.back().told, 1);
    EXPECT_EQ(at.of.count(), 297U);
    at.of.wake();
    at.run();
    EXPECT_EQ(late.told, 1);
    EXPECT_EQ(at.all[9].told, 1);
}

}  // namespace
}  // namespace nearside::proxy
