#include "proxy/tier_lookup.h"

#include "cache/entry_codec.h"
#include "tests/support/manual_clock.h"
#include "tests/support/run_io.h"
#include "tests/support/stored_entries.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace nearside::proxy {
namespace {

using cache::entry_ptr;

constexpr const char* stored_key = "route:api;uri=/a";

// A Redis that has one manifest, and answers after a while.
class one_manifest final : public cache::redis_commands {
public:
    boost::asio::awaitable<result<cache::redis_reply>> run(cache::redis_command, milliseconds) override {
        ++asked;
        if (asked == silent_about) co_return error{errc::redis_timeout, "no answer in time"};
        boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, takes);
        co_await timer.async_wait(boost::asio::use_awaitable);
        cache::redis_reply reply;
        if (!manifest.empty()) {
            reply.type = cache::redis_reply::kind::bulk;
            reply.bytes = buffer::copy_of(manifest);
        }
        co_return reply;
    }
    boost::asio::awaitable<std::vector<result<cache::redis_reply>>> run_all(std::vector<cache::redis_command>,
                                                                            milliseconds) override {
        co_return std::vector<result<cache::redis_reply>>{};
    }
    bool available() const noexcept override { return true; }

    std::string manifest;
    milliseconds takes{0};
    int asked = 0;
    int silent_about = 0;  // by its number
};

class tier_lookup_test : public ::testing::Test {
protected:
    tier_lookup_test() {
        redis_ = std::make_shared<one_manifest>();
        second_ = std::make_unique<cache::redis_store>(cache::redis_store::parts{.redis = redis_,
                                                                                 .prefix = "test",
                                                                                 .workers = io_.get_executor(),
                                                                                 .time = time_,
                                                                                 .random = [] { return 1U; },
                                                                                 .limits = {},
                                                                                 .registry = registry_});
        lookups_ = std::make_unique<tier_lookup>(tier_lookup::parts{.second = second_.get(),
                                                                    .memory = &memory_,
                                                                    .epochs = &epochs_,
                                                                    .time = &time_,
                                                                    .home = io_.get_executor(),
                                                                    .patience = milliseconds{10'000},
                                                                    .for_content = milliseconds{20'000},
                                                                    .late = &late_});
    }

    std::shared_ptr<cache::entry> made(std::string content, milliseconds later = milliseconds{0}) const {
        auto one = testing::plain_entry(stored_key, std::move(content));
        one->born = time_.wall_now() + later;
        one->stamp = epochs_.now();
        return one;
    }
    void redis_has(const entry_ptr& one) {
        auto encoder = cache::entry_encoder::start(one, 1);
        while (encoder->next_chunk()) {
        }
        redis_->manifest = encoder->manifest();
    }
    entry_ptr look(entry_ptr seen = nullptr) {
        return testing::run(io_, lookups_->look(stored_key, std::move(seen), lookups_->make_budget())).found;
    }
    std::string in_memory() const {
        const entry_ptr there = memory_.peek(stored_key);
        return there ? there->content.to_string() : std::string();
    }

    boost::asio::io_context io_;
    const system_clock time_;
    metrics registry_;
    counter& late_ = registry_.make_counter("nearside_late_total", "late");
    cache::memory_store memory_{{.bytes = 1024 * 1024, .max_entry_bytes = 1024 * 1024}};
    cache::tag_epochs epochs_{100};
    std::shared_ptr<one_manifest> redis_;
    std::unique_ptr<cache::redis_store> second_;
    std::unique_ptr<tier_lookup> lookups_;
};

TEST_F(tier_lookup_test, what_redis_has_comes_into_memory) {
    redis_has(made("found"));
    const entry_ptr found = look();
    ASSERT_TRUE(found);
    EXPECT_EQ(memory_.peek(stored_key), found);
    EXPECT_EQ(in_memory(), "found");
}

TEST_F(tier_lookup_test, what_it_doesnt_have_leaves_memory_as_it_is) {
    EXPECT_FALSE(look());
    const entry_ptr older = made("older");
    memory_.put(older);
    EXPECT_FALSE(look(older));
    EXPECT_EQ(in_memory(), "older");
}

TEST_F(tier_lookup_test, what_is_newer_than_in_memory_takes_its_place) {
    const entry_ptr older = made("older", milliseconds{-1'000});
    memory_.put(older);
    redis_has(made("newer"));
    EXPECT_TRUE(look(older));
    EXPECT_EQ(in_memory(), "newer");
}

TEST_F(tier_lookup_test, what_is_not_newer_than_what_was_seen_is_not_taken) {
    const entry_ptr seen = made("seen");
    memory_.put(seen);
    const auto as_old = made("as old");
    as_old->born = seen->born;
    redis_has(as_old);
    EXPECT_FALSE(look(seen));
    as_old->born -= milliseconds{1};
    redis_has(as_old);
    EXPECT_FALSE(look(seen));
    EXPECT_EQ(in_memory(), "seen");
}

TEST_F(tier_lookup_test, something_newer_that_came_meanwhile_stays) {
    redis_has(made("from redis", milliseconds{-1'000}));
    redis_->takes = milliseconds{20};
    bool answered = false;
    lookups_->look(stored_key, nullptr, lookups_->make_budget(), io_.get_executor(), [&answered] { answered = true; });
    io_.poll();
    memory_.put(made("just made"));
    testing::run_until(io_, [&answered] { return answered; });
    EXPECT_EQ(in_memory(), "just made");
}

TEST_F(tier_lookup_test, who_asked_is_told_of_what_came_meanwhile) {
    const entry_ptr seen = made("seen", milliseconds{-2'000});
    redis_has(made("from redis", milliseconds{-1'000}));
    redis_->takes = milliseconds{20};
    entry_ptr found;
    auto looking = lookups_->look(stored_key, seen, lookups_->make_budget());
    boost::asio::co_spawn(io_, std::move(looking),
                          [&found](std::exception_ptr, tier_lookup::looked told) { found = told.found; });
    io_.poll();
    const entry_ptr meanwhile = made("just made");
    memory_.put(meanwhile);
    testing::run_until(io_, [&found] { return found != nullptr; });
    EXPECT_EQ(found, meanwhile);
}

TEST_F(tier_lookup_test, who_has_seen_more_than_who_asked_first_is_told_of_nothing) {
    const auto there = made("from redis");
    redis_has(there);
    redis_->takes = milliseconds{20};
    bool answered = false;
    lookups_->look(stored_key, nullptr, lookups_->make_budget(), io_.get_executor(), [&answered] { answered = true; });
    io_.poll();
    const auto brought = made("from redis");
    brought->born = there->born;
    memory_.put(brought);
    EXPECT_FALSE(look(brought));
    EXPECT_TRUE(answered);
}

TEST_F(tier_lookup_test, however_many_ask_redis_is_asked_once) {
    redis_has(made("found"));
    redis_->takes = milliseconds{20};
    int answered = 0;
    for (int asks = 0; asks < 10; ++asks)
        lookups_->look(stored_key, nullptr, lookups_->make_budget(), io_.get_executor(), [&answered] { ++answered; });
    testing::run_until(io_, [&] { return answered == 10; });
    EXPECT_EQ(redis_->asked, 1);
    EXPECT_EQ(in_memory(), "found");
}

TEST_F(tier_lookup_test, what_comes_too_late_for_who_asked_is_in_memory_for_the_next) {
    redis_has(made("found"));
    redis_->takes = milliseconds{50};
    tier_lookup impatient({.second = second_.get(),
                           .memory = &memory_,
                           .epochs = &epochs_,
                           .time = &time_,
                           .home = io_.get_executor(),
                           .patience = milliseconds{1},
                           .for_content = milliseconds{20'000},
                           .late = &late_});
    const tier_lookup::looked looked = testing::run(io_, impatient.look(stored_key, nullptr, impatient.make_budget()));
    EXPECT_FALSE(looked.found);
    ASSERT_TRUE(looked.late);
    testing::run_until(io_, [this] { return late_.value() == 1; });
    EXPECT_EQ(in_memory(), "found");
    EXPECT_EQ(looked.late->outcome(), memory_.peek(stored_key));
}

TEST_F(tier_lookup_test, where_redis_is_silent_about_one_key_nobody_waits_for_another) {
    redis_->takes = milliseconds{15'000};
    redis_->silent_about = 2;
    int answered = 0;
    const auto began = time_.steady_now();
    for (const char* key : {stored_key, "route:api;uri=/b"})
        lookups_->look(key, nullptr, lookups_->make_budget(), io_.get_executor(), [&answered] { ++answered; });
    testing::run_until(io_, [&] { return answered == 2; });
    EXPECT_LT(time_.steady_now() - began, milliseconds{5'000}) << "the patience would be 10 s";
    EXPECT_TRUE(lookups_->was_late(time_.steady_now()));
}

TEST_F(tier_lookup_test, who_has_waited_long_enough_in_all_asks_nothing_more) {
    redis_has(made("found"));
    const auto used_up = std::make_shared<tier_budget>(milliseconds{0});
    const tier_lookup::looked looked = testing::run(io_, lookups_->look(stored_key, nullptr, used_up));
    EXPECT_FALSE(looked.found);
    EXPECT_FALSE(looked.late);
    EXPECT_EQ(redis_->asked, 0);
}

TEST_F(tier_lookup_test, what_knows_of_later_invalidations_than_this_node_is_not_taken) {
    auto ahead = made("from the future");
    ahead->stamp = epochs_.now() + 1;
    redis_has(ahead);
    EXPECT_FALSE(look());
    EXPECT_EQ(in_memory(), "");
}

}  // namespace
}  // namespace nearside::proxy
