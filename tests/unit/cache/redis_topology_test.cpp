// The client with real Sentinels, and with a real cluster.
#include "cache/redis_slots.h"
#include "tests/support/real_redis.h"
#include "tests/unit/cache/redis_rig.h"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

namespace nearside::cache {
namespace {

using namespace std::chrono_literals;
using testing::real_redis;
using testing::real_sentinel;

class redis_sentinel_test : public redis_rig {
protected:
    redis_sentinel_test() {
        replica_.cli("replicaof 127.0.0.1 " + std::to_string(primary_.port()));
        real_redis::wait_until(
            [&] { return replica_.cli("info replication").find("link_status:up") != std::string::npos; },
            "the replica follows");
        sentinel_ = std::make_unique<real_sentinel>("main", primary_.port());
        real_redis::wait_until([&] { return !sentinel_->cli("sentinel replicas main").empty(); },
                               "Sentinel knows the replica");
        auto settings = at(0);
        // Nobody is at the first.
        settings->endpoints = {{"127.0.0.1", testing::free_port()}, {"127.0.0.1", sentinel_->port()}};
        settings->topology = config::redis_settings::kind::sentinel;
        settings->primary = "main";
        connect(settings);
    }
    void wait_stored_at(const real_redis& wanted, const std::string& value) {
        testing::run_until(io_, [&] { return set("k", value, 40ms) == "OK" && wanted.cli("get k") == value; });
    }

    real_redis primary_, replica_;
    std::unique_ptr<real_sentinel> sentinel_;
};

TEST_F(redis_sentinel_test, follows_a_failover_after_the_primary_died) {
    std::string heard;
    client_->subscribe({"news"}, {.on_message = [&](std::string_view, std::string_view payload) { heard += payload; },
                                  .on_up = [&] { heard += '^'; },
                                  .on_down = [&] { heard += 'v'; }});
    testing::run_until(io_, [&] { return heard == "^"; });
    wait_stored_at(primary_, "1");
    primary_.kill();
    wait_stored_at(replica_, "2");
    // What Sentinels say of it may come after it was found, and lead to a second dial.
    testing::run_until(io_, [&] {
        const auto published = ask(redis_command("", {"PUBLISH", "news", "a"}), 100ms);
        return published && heard.ends_with('a');
    });
    EXPECT_TRUE(heard.starts_with("^v^")) << heard;
}

TEST_F(redis_sentinel_test, leaves_a_primary_that_was_stopped) {
    wait_stored_at(primary_, "1");
    primary_.pause();
    wait_stored_at(replica_, "2");
    primary_.go_on();
    wait_stored_at(replica_, "3");
}

TEST_F(redis_sentinel_test, leaves_a_primary_that_became_a_replica) {
    wait_stored_at(primary_, "1");
    // Not before the Sentinel has found the replica fit for it.
    real_redis::wait_until([&] { return sentinel_->cli("sentinel failover main") == "OK"; }, "a failover begins");
    wait_stored_at(replica_, "2");
}

class redis_cluster_test : public redis_rig {
protected:
    struct node : real_redis {
        node()
            : real_redis({"--cluster-enabled", "yes", "--cluster-port", std::to_string(testing::free_port()),
                          "--cluster-node-timeout", "1000", "--cluster-require-full-coverage", "no"}) {}
        std::string id() const { return cli("cluster myid"); }
        std::string bus() const { return cli("config get cluster-port").substr(std::string("cluster-port\n").size()); }
    };

    redis_cluster_test() {
        nodes_[0].cli("cluster addslotsrange 0 5460");
        nodes_[1].cli("cluster addslotsrange 5461 10922");
        nodes_[2].cli("cluster addslotsrange 10923 16383");
        for (std::size_t at = 1; at < nodes_.size(); ++at)
            nodes_[0].cli("cluster meet 127.0.0.1 " + std::to_string(nodes_[at].port()) + " " + nodes_[at].bus());
        for (const node& each : nodes_) {
            real_redis::wait_until(
                [&] {
                    const std::string info = each.cli("cluster info");
                    return info.find("cluster_state:ok") != std::string::npos &&
                           info.find("cluster_slots_ok:16384") != std::string::npos;
                },
                "the cluster is whole");
        }
        auto settings = at(0);
        settings->endpoints = {{"127.0.0.1", testing::free_port()}, {"127.0.0.1", nodes_[1].port()}};
        settings->topology = config::redis_settings::kind::cluster;
        connect(settings);
    }

    const node& holder(const std::string& key) const {
        const std::uint16_t slot = redis_slot_of(key);
        return nodes_[slot <= 5'460 ? 0 : slot <= 10'922 ? 1 : 2];
    }

    std::array<node, 3> nodes_;
};

TEST_F(redis_cluster_test, finds_who_holds_a_key) {
    std::vector<redis_command> stores;
    for (int each = 0; each < 300; ++each) {
        const std::string key = "k" + std::to_string(each);
        stores.push_back(redis_command(key, {"SET", key, key}));
    }
    for (const auto& each : ask_all(std::move(stores)))
        EXPECT_EQ(text(each), "OK");
    for (int each = 0; each < 300; each += 17) {
        const std::string key = "k" + std::to_string(each);
        EXPECT_EQ(get(key), key);
        EXPECT_EQ(holder(key).cli("get " + key), key);
    }
    EXPECT_EQ(text(ask(redis_command("{a}1", {"MGET", "{a}1", "{b}2"}))), "redis_error");
}

TEST_F(redis_cluster_test, does_each_command_once_while_a_slot_moves) {
    const std::string tag = "{t}";
    const node& from = holder(tag);
    const node& to = nodes_[redis_slot_of(tag) <= 5'460 ? 1 : 0];
    const std::string slot = std::to_string(redis_slot_of(tag));
    int counted = 0;
    const auto count = [&](const char* when) {
        ++counted;
        for (int each = 0; each < 20; ++each) {
            const std::string key = tag + std::to_string(each);
            const auto got = ask(redis_command(key, {"INCR", key}));
            ASSERT_TRUE(got) << when << ": " << got.error().detail;
            EXPECT_EQ(got->integer, counted) << when;
        }
    };
    count("before");
    EXPECT_EQ(to.cli("cluster setslot " + slot + " importing " + from.id()), "OK");
    EXPECT_EQ(from.cli("cluster setslot " + slot + " migrating " + to.id()), "OK");
    count("announced");
    const auto move = [&](int first, int last) {
        std::string keys;
        for (int each = first; each < last; ++each)
            keys.append(" ").append(tag).append(std::to_string(each));
        EXPECT_EQ(from.cli("migrate 127.0.0.1 " + std::to_string(to.port()) + " '' 0 5000 keys" + keys), "OK");
    };
    move(0, 10);
    count("half of it moved");
    // Keys on both sides: asked again until they are on one, or the time is over.
    EXPECT_EQ(text(ask(redis_command(tag, {"MGET", tag + "1", tag + "11"}), 50ms)), "redis_timeout");
    move(10, 20);
    count("all of it moved");
    for (const node& each : nodes_)
        EXPECT_EQ(each.cli("cluster setslot " + slot + " node " + to.id()), "OK");
    count("settled");
    const auto both = ask(redis_command(tag, {"MGET", tag + "1", tag + "11"}));
    ASSERT_TRUE(both);
    EXPECT_EQ(both->items[0].text(), std::to_string(counted));
    EXPECT_EQ(to.cli("get " + tag + "1"), std::to_string(counted));
}

TEST_F(redis_cluster_test, goes_on_with_the_others_when_one_node_is_gone) {
    const std::string lost = "k0", kept = redis_slot_of("k1") / 5'461 == redis_slot_of(lost) / 5'461 ? "k2" : "k1";
    ASSERT_NE(&holder(lost), &holder(kept));
    EXPECT_EQ(set(lost, "v"), "OK");
    auto& gone = nodes_[static_cast<std::size_t>(&holder(lost) - nodes_.data())];
    gone.kill();
    testing::run_until(io_, [&] { return set(lost, "w", 100ms) != "OK"; });
    EXPECT_EQ(set(kept, "w"), "OK");
    EXPECT_TRUE(client_->available());
    gone.start();
    testing::run_until(io_, [&] { return set(lost, "w", 100ms) == "OK"; });
}

TEST_F(redis_cluster_test, goes_to_the_replica_that_took_over) {
    const std::string key = "k0";
    EXPECT_EQ(set(key, "v"), "OK");
    auto& gone = nodes_[static_cast<std::size_t>(&holder(key) - nodes_.data())];
    const node replica;
    replica.cli("cluster meet 127.0.0.1 " + std::to_string(gone.port()) + " " + gone.bus());
    real_redis::wait_until([&] { return replica.cli("cluster replicate " + gone.id()) == "OK"; },
                           "the replica is known");
    real_redis::wait_until(
        [&] {
            return replica.cli("info replication").find("link_status:up") != std::string::npos &&
                   nodes_[0].cli("cluster nodes").find("slave") != std::string::npos &&
                   nodes_[1].cli("cluster nodes").find("slave") != std::string::npos &&
                   nodes_[2].cli("cluster nodes").find("slave") != std::string::npos;
        },
        "the replica follows, and all know");
    gone.kill();
    testing::run_until(io_, [&] { return set(key, "w", 100ms) == "OK"; });
    EXPECT_EQ(replica.cli("get " + key), "w");
}

TEST_F(redis_cluster_test, publishes_and_hears_at_the_node_of_the_prefix) {
    std::string heard;
    client_->subscribe({"news"}, {.on_message = [&](std::string_view, std::string_view payload) { heard += payload; },
                                  .on_up = [&] { heard += '^'; },
                                  .on_down = [&] { heard += 'v'; }});
    testing::run_until(io_, [&] { return heard == "^"; });
    EXPECT_EQ(told(redis_command("", {"PUBLISH", "news", "a"})).integer, 1);
    testing::run_until(io_, [&] { return heard == "^a"; });
    EXPECT_EQ(holder("nearside").cli("pubsub numsub news"), "news\n1");
}

}  // namespace
}  // namespace nearside::cache
