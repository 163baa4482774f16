// Several nodes with a real redis-server, all in the thread of the test.
#include "cache/cluster_flights.h"

#include "cache/redis_client_commands.h"
#include "tests/support/real_redis.h"
#include "tests/unit/cache/redis_rig.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace nearside::cache {
namespace {

using namespace std::chrono_literals;
using testing::real_redis;
using verdict = cluster_flights::verdict;

struct flight_node {
    flight_node(boost::asio::io_context& io, std::shared_ptr<const config::redis_settings> settings, logger& log,
                const std::string& name, milliseconds patience = 5'000ms)
        : client(*redis_client::create(io.get_executor(), std::move(settings), log)) {
        cluster_flight_limits limits;
        limits.patience = patience;
        limits.lease = 300ms;
        limits.renew_pause = 50ms;
        flights =
            cluster_flights::start({.home = io.get_executor(),
                                    .redis = std::make_shared<redis_client_commands>(*client),
                                    .keys = redis_keys("test"),
                                    .name = name,
                                    .subscribe =
                                        [this](std::vector<std::string> channels, redis_subscription_events events) {
                                            return client->subscribe(std::move(channels), std::move(events));
                                        },
                                    .registry = registry,
                                    .limits = limits});
        flights->on_stored([this](const std::string& key, const std::string& etag) {
            heard.push_back(std::string(key).append(" ").append(etag));
        });
    }
    metrics registry;
    std::unique_ptr<redis_client> client;
    std::shared_ptr<cluster_flights> flights;
    std::vector<std::string> heard;
};

class cluster_flights_test : public redis_rig {
protected:
    ~cluster_flights_test() override {
        for (const auto& each : nodes_) {
            each->flights->stop();
            each->client->stop();
        }
        io_.restart();
        io_.run_for(5s);
    }
    flight_node& add(milliseconds patience = 5'000ms) {
        const std::string name = "node" + std::to_string(nodes_.size());
        nodes_.push_back(std::make_unique<flight_node>(io_, at(redis_.port()), log_, name, patience));
        flight_node& made = *nodes_.back();
        // It goes on alone until it hears what others do.
        testing::run_until(io_, [&] {
            const std::string probe = "probe" + std::to_string(nodes_.size());
            const verdict got = testing::run(io_, cluster_flights::join(made.flights, probe, ample));
            if (got == verdict::leads) made.flights->end(probe, false, "");
            return got == verdict::leads;
        });
        return made;
    }
    verdict join(flight_node& by, const std::string& key, milliseconds limit = ample) {
        return testing::run(io_, cluster_flights::join(by.flights, key, limit));
    }
    // Begins to join; the verdict comes into the place.
    void begin(flight_node& by, const std::string& key, std::optional<verdict>& place) {
        boost::asio::co_spawn(io_, cluster_flights::join(by.flights, key, ample),
                              [&place](const std::exception_ptr&, verdict got) { place = got; });
    }
    // One leads and another waits; what the latter is told after `then` happened to the one that leads.
    std::optional<verdict> of_who_waits_for(const std::function<void(flight_node& leading)>& then) {
        flight_node& a = add();
        flight_node& b = add();
        EXPECT_EQ(join(a, "k"), verdict::leads);
        std::optional<verdict> of_b;
        begin(b, "k", of_b);
        settle(b);
        then(a);
        testing::run_until(io_, [&] { return of_b.has_value(); });
        return of_b;
    }
    void settle(const flight_node& by) { testing::run(io_, by.client->run(redis_command("", {"PING"}), ample)); }

    real_redis redis_;
    std::vector<std::unique_ptr<flight_node>> nodes_;
};

TEST_F(cluster_flights_test, one_leads_and_the_others_are_woken_by_its_end) {
    flight_node& a = add();
    flight_node& b = add();
    flight_node& c = add();
    EXPECT_EQ(join(a, "k"), verdict::leads);
    std::optional<verdict> of_b, of_c;
    begin(b, "k", of_b);
    begin(c, "k", of_c);
    settle(b);
    settle(c);
    EXPECT_FALSE(of_b || of_c);
    a.flights->end("k", true, "\"e\"");
    testing::run_until(io_, [&] { return of_b && of_c; });
    EXPECT_EQ(of_b, verdict::ended);
    EXPECT_EQ(of_c, verdict::ended);
    EXPECT_EQ(b.heard, std::vector<std::string>{"k \"e\""});
    EXPECT_TRUE(a.heard.empty());
    EXPECT_EQ(join(b, "k"), verdict::leads) << "it is free again";
}

TEST_F(cluster_flights_test, where_it_fails_one_of_those_who_wait_leads) {
    EXPECT_EQ(of_who_waits_for([](flight_node& leading) { leading.flights->end("k", false, ""); }), verdict::leads);
}

TEST_F(cluster_flights_test, a_lease_lives_as_long_as_its_holder_and_not_much_longer) {
    flight_node& a = add();
    flight_node& b = add();
    EXPECT_EQ(join(a, "k"), verdict::leads);
    EXPECT_EQ(join(b, "k", 600ms), verdict::alone) << "it is renewed";
    a.flights->stop();
    EXPECT_EQ(join(b, "k"), verdict::leads);
}

TEST_F(cluster_flights_test, a_lease_that_was_taken_too_late_to_be_known_of_holds_nobody_up) {
    flight_node& hasty = add(20ms);
    flight_node& b = add();
    redis_.pause();
    EXPECT_EQ(join(hasty, "k"), verdict::alone);
    redis_.go_on();
    std::optional<verdict> of_b;
    testing::run_until(io_, [&] { return b.client->available() && hasty.client->available(); });
    const auto began = std::chrono::steady_clock::now();
    begin(b, "k", of_b);
    testing::run_until(io_, [&] { return of_b.has_value(); });
    EXPECT_EQ(of_b, verdict::leads);
    EXPECT_LT(std::chrono::steady_clock::now() - began, 200ms) << "the lease would be 300 ms";
}

TEST_F(cluster_flights_test, who_waits_asks_again_where_no_event_tells_of_the_end) {
    flight_node& a = add();
    flight_node& b = add();
    EXPECT_EQ(join(a, "k"), verdict::leads);
    std::optional<verdict> of_b;
    begin(b, "k", of_b);
    settle(b);
    a.flights->stop();
    const auto began = std::chrono::steady_clock::now();
    redis_.cli("FLUSHALL");
    testing::run_until(io_, [&] { return of_b.has_value(); });
    EXPECT_EQ(of_b, verdict::leads);
    EXPECT_LT(std::chrono::steady_clock::now() - began, 200ms);
}

TEST_F(cluster_flights_test, who_waits_goes_on_where_what_was_made_doesnt_get_to_redis) {
    EXPECT_EQ(of_who_waits_for([](flight_node& leading) { leading.flights->is_stored_here("k", 1); }), verdict::leads);
}

TEST_F(cluster_flights_test, what_is_large_may_take_longer_to_get_to_redis) {
    flight_node& a = add();
    flight_node& b = add();
    EXPECT_EQ(join(a, "k"), verdict::leads);
    a.flights->is_stored_here("k", std::uint64_t{64} * 1024 * 60'000);
    EXPECT_EQ(join(b, "k", 200ms), verdict::alone) << "a minute";
    a.flights->end("k", true, "");
    EXPECT_EQ(join(b, "k"), verdict::leads);
}

TEST_F(cluster_flights_test, without_redis_everybody_goes_on_alone) {
    flight_node& a = add();
    redis_.kill();
    testing::run_until(io_, [&] { return join(a, "k") == verdict::alone; });
}

}  // namespace
}  // namespace nearside::cache
