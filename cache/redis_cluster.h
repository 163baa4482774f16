// The nodes of a cluster: commands go to who holds their slot, redirections are followed, and who holds what is learned
// anew whenever something says that it changed.
// Shared by its client and its own operations; everything on `home`, which is one thread's executor.
#pragma once

#include "cache/redis_nodes.h"
#include "cache/redis_slots.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace nearside::cache {

class redis_cluster final : public redis_nodes, public std::enable_shared_from_this<redis_cluster> {
public:
    static constexpr int most_redirections = 5;        // of one command
    static constexpr milliseconds retry_pause{10};     // after TRYAGAIN and CLUSTERDOWN
    static constexpr milliseconds refresh_pause{200};  // between two looks at the topology, at least
    static constexpr milliseconds refresh_every{60'000};

    explicit redis_cluster(redis_nodes_parts parts);
    void start();

    void send(redis_call call) override;
    // Who holds what is known, and one of them answers.
    bool available() const override;
    std::optional<error> failure() const override;
    boost::asio::awaitable<result<redis_endpoint>> home_node() override;
    redis_dialer::peer home_peer() const override { return redis_dialer::peer::server; }
    void stop() override;

private:
    using node_name = std::pair<std::string, std::uint16_t>;
    struct attempt {
        redis_call call;
        std::uint16_t slot = 0;
        int redirections = 0;
    };
    struct parked {
        attempt what;
        steady_time again;
    };

    void try_now(attempt what);
    void send_to(const redis_endpoint& to, bool asking, attempt what);
    void on_answer(const redis_endpoint& from, attempt what, result<redis_reply> got);
    void park(attempt what, milliseconds pause);
    // Those whose pause is over then, and those whose time is up.
    void unpark(steady_time due);
    void arm_parked();

    const redis_lanes& lanes_to(const redis_endpoint& node);
    void want_refresh();
    static boost::asio::awaitable<void> keep_refreshed(std::shared_ptr<redis_cluster> self);
    boost::asio::awaitable<void> pause(milliseconds wait);
    boost::asio::awaitable<bool> refresh();
    boost::asio::awaitable<result<redis_slot_table>> ask(redis_endpoint node);
    void adopt(redis_slot_table table);

    const redis_nodes_parts parts_;
    const std::uint16_t home_slot_;
    redis_slot_table table_;
    std::map<node_name, redis_lanes> nodes_;
    error failure_{errc::redis_unavailable, "the cluster's nodes are not known yet"};
    bool looked_ = false;  // at the topology, with whatever outcome
    steady_time hopeless_at_{};
    bool refresh_wanted_ = true;
    bool resting_ = false;  // until a refresh is wanted
    bool stopped_ = false;
    redis_backoff backoff_;
    std::minstd_rand random_{std::random_device{}()};
    std::shared_ptr<redis_connection> asking_;
    boost::asio::steady_timer refresh_timer_;
    std::vector<parked> parked_;
    boost::asio::steady_timer parked_timer_;
    bool parked_armed_ = false;
};

}  // namespace nearside::cache
