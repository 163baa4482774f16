// Several nodes with a real redis-server, all in the thread of the test.
#include "cache/invalidation_log.h"

#include "cache/moment.h"
#include "cache/redis_client_commands.h"
#include "cache/tag_epochs.h"
#include "tests/support/real_redis.h"
#include "tests/unit/cache/redis_rig.h"
#include "tests/unit/cache/tag_order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace nearside::cache {
namespace {

using namespace std::chrono_literals;
using testing::real_redis;

class log_node final : public invalidation_target {
public:
    log_node(boost::asio::io_context& io, std::shared_ptr<const config::redis_settings> settings, logger& log,
             const std::string& name)
        : client_(*redis_client::create(io.get_executor(), std::move(settings), log)) {
        invalidation_log_limits limits;
        limits.look_pause = 200ms;
        limits.retry_pause = 20ms;
        limits.tell_timeout = 5'000ms;
        log_ =
            invalidation_log::start({.home = io.get_executor(),
                                     .redis = std::make_shared<redis_client_commands>(*client_),
                                     .keys = redis_keys("test"),
                                     .name = name,
                                     .subscribe =
                                         [this](std::vector<std::string> channels, redis_subscription_events events) {
                                             return client_->subscribe(std::move(channels), std::move(events));
                                         },
                                     .target = this,
                                     .gate = &gate,
                                     .moment = [this] { return epochs.now(); },
                                     .time = &time_,
                                     .random = [this] { return ++randoms_ * 0x9E3779B97F4A7C15U; },
                                     .log = &log,
                                     .meters = invalidation_meters(registry_),
                                     .limits = limits});
    }
    // As a process that is killed.
    void vanish() { client_->stop(); }
    // What it runs on `io` ends.
    void stop() {
        log_->stop();
        client_->stop();
    }
    log_node(const log_node&) = delete;
    log_node& operator=(const log_node&) = delete;

    void apply(const invalidation_record& record) override { epochs.apply(record.order, record.sequence); }
    void strike_all(std::uint64_t sequence) override { epochs.strike_all(sequence); }
    void advance(std::uint64_t sequence) override { epochs.advance(sequence); }
    std::uint64_t present() const override { return sequence_of(epochs.now()); }

    bool serves(const std::string& tag, std::uint64_t stamp) const {
        entry made;
        made.key = "k";
        made.stamp = stamp;
        auto extras = std::make_unique<entry_extras>();
        extras->tags = {tag};
        made.extras = std::move(extras);
        return epochs.fate_of(made, {}) == invalidation::none;
    }
    const std::shared_ptr<invalidation_log>& log() const { return log_; }

    tag_epochs epochs{1'000};
    tier_gate gate;

private:
    system_clock time_;
    metrics registry_;
    std::uint64_t randoms_ = std::random_device{}();
    std::unique_ptr<redis_client> client_;
    std::shared_ptr<invalidation_log> log_;
};

class invalidation_log_test : public redis_rig {
protected:
    ~invalidation_log_test() override {
        for (const auto* some : {&nodes_, &gone_})
            for (const auto& each : *some)
                each->stop();
        io_.restart();
        io_.run_for(5s);
    }

    log_node& add(const real_redis& redis) {
        nodes_.push_back(std::make_unique<log_node>(io_, at(redis.port()), log_, "node" + std::to_string(named_++)));
        return *nodes_.back();
    }
    // Without a word to the others.
    void kill(const log_node& which) {
        const auto found =
            std::find_if(nodes_.begin(), nodes_.end(), [&](const auto& each) { return each.get() == &which; });
        (*found)->vanish();
        gone_.push_back(std::move(*found));
        nodes_.erase(found);
    }
    void until(const std::function<bool()>& holds) { testing::run_until(io_, holds); }
    void until_in_step() {
        until([this] {
            return std::all_of(nodes_.begin(), nodes_.end(), [](const auto& each) { return each->gate.is_open(); });
        });
    }
    invalidation_confirmation tell(log_node& by, const std::string& tag, milliseconds limit = ample) {
        invalidation_confirmation told = testing::run(io_, invalidation_log::tell(by.log(), order_of(tag), limit));
        if (!told.in_log) by.epochs.invalidate(order_of(tag));
        return told;
    }

    std::vector<std::unique_ptr<log_node>> nodes_, gone_;
    int named_ = 0;
};

TEST_F(invalidation_log_test, holds_on_all_nodes_when_it_is_answered) {
    real_redis redis;
    for (int each = 0; each < 3; ++each)
        add(redis);
    until_in_step();
    for (int round = 0; round < 20; ++round) {
        std::vector<std::uint64_t> stamps;
        for (const auto& each : nodes_)
            stamps.push_back(each->epochs.now());
        const std::string tag = "t" + std::to_string(round);
        const auto told = tell(*nodes_[static_cast<std::size_t>(round) % 3], tag);
        EXPECT_TRUE(told.in_log);
        EXPECT_EQ(told.nodes, 3U);
        EXPECT_EQ(told.confirmed, 3U);
        EXPECT_EQ(told.trouble, "");
        for (std::size_t each = 0; each < 3; ++each)
            EXPECT_FALSE(nodes_[each]->serves(tag, stamps[each])) << each;
    }
}

TEST_F(invalidation_log_test, a_node_that_comes_meanwhile_does_not_confirm_in_anothers_place) {
    real_redis redis;
    log_node& a = add(redis);
    add(redis);
    const log_node& cut_off = add(redis);
    until_in_step();
    kill(cut_off);
    add(redis);  // in step only once it has read what is told now
    const auto told = tell(a, "t", 500ms);
    EXPECT_TRUE(told.in_log);
    EXPECT_EQ(told.confirmed, told.nodes - 1);
    EXPECT_EQ(told.trouble, "a node has not confirmed it in time");
}

TEST_F(invalidation_log_test, a_node_that_comes_later_knows_what_went_before) {
    real_redis redis;
    log_node& first = add(redis);
    until_in_step();
    const std::uint64_t before = first.epochs.now();
    for (int each = 0; each < 2'500; each += 500)
        tell(first, "t" + std::to_string(each));
    log_node& second = add(redis);
    until_in_step();
    EXPECT_FALSE(second.serves("t0", before));
    EXPECT_FALSE(second.serves("t2000", before));
    EXPECT_TRUE(second.serves("t1", before));
}

TEST_F(invalidation_log_test, without_redis_it_is_answered_at_once_and_told_later) {
    real_redis redis;
    log_node& a = add(redis);
    log_node& b = add(redis);
    until_in_step();
    const std::uint64_t before = b.epochs.now();
    redis.kill();
    until([&] { return !a.gate.is_open() && !b.gate.is_open(); });
    const auto told = tell(a, "t");
    EXPECT_FALSE(told.in_log);
    EXPECT_NE(told.trouble, "");
    EXPECT_TRUE(b.serves("t", before));
    redis.start();
    until_in_step();
    until([&] { return !b.serves("t", before); });
    EXPECT_FALSE(a.gate.may_travel(before)) << "what was stamped before may mean something else to others";
}

TEST_F(invalidation_log_test, a_log_that_is_wiped_goes_on) {
    real_redis redis;
    log_node& a = add(redis);
    log_node& b = add(redis);
    until_in_step();
    const std::uint64_t before = b.epochs.now();
    tell(a, "t");
    redis.cli("flushall");
    const auto told = tell(a, "u");
    EXPECT_EQ(told.trouble, "");
    EXPECT_EQ(told.confirmed, 2U);
    for (const log_node* each : {&a, &b}) {
        EXPECT_FALSE(each->serves("t", before));
        EXPECT_FALSE(each->serves("u", before));
        EXPECT_TRUE(each->serves("v", before)) << "nothing was missed, so nothing else is struck";
    }
    // Who comes now learns of both.
    log_node& late = add(redis);
    until_in_step();
    EXPECT_FALSE(late.serves("t", before));
    EXPECT_FALSE(late.serves("u", before));
}

TEST_F(invalidation_log_test, a_wipe_is_noticed_without_anything_to_tell) {
    real_redis redis;
    add(redis);
    until_in_step();
    redis.cli("flushall");
    until([&] { return redis.cli("exists {test}:epochs") == "1"; });
    until_in_step();
}

TEST_F(invalidation_log_test, a_redis_that_hangs_is_not_waited_for) {
    real_redis redis;
    log_node& a = add(redis);
    log_node& b = add(redis);
    until_in_step();
    const std::uint64_t before = b.epochs.now();
    redis.pause();
    const auto told = tell(a, "t", 50ms);
    EXPECT_FALSE(told.in_log);
    EXPECT_FALSE(a.serves("t", before));
    redis.go_on();
    until([&] { return !b.serves("t", before); });
    until_in_step();
}

TEST_F(invalidation_log_test, it_is_told_though_memory_is_full) {
    real_redis redis({"--maxmemory", "3mb", "--maxmemory-policy", "noeviction"});
    log_node& a = add(redis);
    log_node& b = add(redis);
    until_in_step();
    const std::uint64_t before = b.epochs.now();
    redis.cli("config set maxmemory 1");
    const auto told = tell(a, "t");
    EXPECT_EQ(told.trouble, "");
    EXPECT_EQ(told.confirmed, 2U);
    EXPECT_FALSE(b.serves("t", before));
}

TEST_F(invalidation_log_test, the_log_is_bounded) {
    real_redis redis;
    add(redis);
    until_in_step();
    log_node& a = *nodes_.front();
    for (int each = 0; each < 30; ++each)
        tell(a, std::string(200, 'x') + std::to_string(each));
    EXPECT_EQ(redis.cli("xlen {test}:invalidations"), "30");
    EXPECT_EQ(redis.cli("script flush"), "OK");
    EXPECT_EQ(tell(a, "t").trouble, "");
}

}  // namespace
}  // namespace nearside::cache
