#include "cache/confirmation_sender.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace nearside::cache {
namespace {

// Answers when it is told to.
class held_commands final : public redis_commands {
public:
    explicit held_commands(boost::asio::io_context& io) : answers(io, steady_time::max()) {}

    boost::asio::awaitable<result<redis_reply>> run(redis_command, milliseconds) override { co_return redis_reply{}; }
    boost::asio::awaitable<std::vector<result<redis_reply>>> run_all(std::vector<redis_command> commands,
                                                                     milliseconds) override {
        batches.push_back(commands.size());
        co_await answers.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
        co_return std::vector<result<redis_reply>>(commands.size(), redis_reply{});
    }
    bool available() const noexcept override { return true; }

    boost::asio::steady_timer answers;
    std::vector<std::size_t> batches;  // how many commands each had
};

class confirmation_sender_test : public ::testing::Test {
protected:
    void work() {
        io.restart();
        io.poll();
    }
    void answer() {
        redis->answers.cancel();
        work();
    }

    boost::asio::io_context io;
    std::shared_ptr<held_commands> redis = std::make_shared<held_commands>(io);
    std::shared_ptr<confirmation_sender> sender = std::make_shared<confirmation_sender>(confirmation_sender::parts{
        .home = io.get_executor(), .redis = redis, .keys = redis_keys("test"), .name = "me", .most_nodes = 3});
    using list = std::vector<std::size_t>;
};

TEST_F(confirmation_sender_test, tells_each_issuer_once_however_many_of_its_records_hold_here) {
    sender->owe("a", 1);
    sender->owe("b", 2);
    sender->owe("a", 3);
    sender->send();
    work();
    EXPECT_EQ(redis->batches, list{2});
    answer();
    sender->send();
    work();
    EXPECT_EQ(redis->batches, list{2}) << "nothing is owed any more";
}

TEST_F(confirmation_sender_test, what_comes_while_it_tells_is_told_next_and_not_beside) {
    sender->owe("a", 1);
    sender->send();
    work();
    sender->owe("a", 2);
    sender->send();
    sender->owe("b", 3);
    sender->send();
    work();
    EXPECT_EQ(redis->batches, list{1});
    answer();
    EXPECT_EQ(redis->batches, (list{1, 2}));
    answer();
    EXPECT_EQ(redis->batches, (list{1, 2}));
}

TEST_F(confirmation_sender_test, owes_no_more_nodes_than_it_may_remember_and_none_once_it_is_stopped) {
    for (const char* issuer : {"a", "b", "c", "d"})
        sender->owe(issuer, 1);
    sender->send();
    work();
    EXPECT_EQ(redis->batches, list{1});
    sender->owe("a", 2);
    sender->stop();
    answer();
    EXPECT_EQ(redis->batches, list{1});
}

}  // namespace
}  // namespace nearside::cache
