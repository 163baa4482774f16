// Where a command goes, by topology: one server, the primary that Sentinels name, or the nodes of a cluster.
// Shared by the client and its own operations; everything on `home`, which is one thread's executor.
#pragma once

#include "cache/redis_link.h"

#include <functional>
#include <memory>
#include <optional>

namespace nearside::cache {

struct redis_call {
    std::shared_ptr<const redis_command> command;
    steady_time deadline{};
    redis_done done;  // once, by the deadline, with Redis's answer (an error it answered, too) or why there is none
};

class redis_nodes {
public:
    virtual ~redis_nodes() = default;
    virtual void send(redis_call call) = 0;
    virtual bool available() const = 0;
    // Why not; nothing while no connection has been tried to its end.
    virtual std::optional<error> failure() const = 0;
    // Where messages are published and heard; asked before each dial.
    virtual boost::asio::awaitable<result<redis_endpoint>> home_node() = 0;
    virtual redis_dialer::peer home_peer() const = 0;
    virtual void stop() = 0;
};

struct redis_nodes_parts {
    boost::asio::any_io_executor home;
    std::shared_ptr<const redis_dialer> dialer;
    std::function<void()> on_change;  // available() may be another
    std::function<void()> on_move;    // home_node() is another
};

// The two lanes to one server.
struct redis_lanes {
    std::shared_ptr<redis_link> request, background;

    static redis_lanes start(const redis_nodes_parts& parts, const redis_locate& locate, redis_dialer::peer who);
    const std::shared_ptr<redis_link>& lane(redis_lane which) const noexcept {
        return which == redis_lane::request ? request : background;
    }
    void reconnect(const std::string& why) const;
    void stop() const;
    bool idle() const noexcept { return request->under_way() == 0 && background->under_way() == 0; }
};

// One server, or what Sentinels say is the primary.
std::shared_ptr<redis_nodes> redis_single_node(redis_nodes_parts parts);
std::shared_ptr<redis_nodes> redis_cluster_nodes(redis_nodes_parts parts);

}  // namespace nearside::cache
