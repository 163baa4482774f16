// All views that somebody is subscribed to, by key. Hears of every version that is published, of what the upstream
// refuses and of what is invalidated; keeps what is subscribed to renewed; and goes on with its topics from one
// configuration to the next.
// Owned by the process; outlives every generation. Any thread.
#pragma once

#include "cache/memory_store.h"
#include "cache/tag_epochs.h"
#include "config/stream_settings.h"
#include "core/clock.h"
#include "core/metrics.h"
#include "proxy/problem.h"
#include "proxy/refresh_order.h"
#include "proxy/stream_places.h"
#include "proxy/stream_readers.h"
#include "proxy/stream_topic.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace nearside::proxy {

// Who renews what is subscribed to: the current generation.
class stream_keeper {
public:
    // The same order for the same view as it is configured now; nothing where it isn't there any more, or has changed.
    virtual std::optional<refresh_order> as_configured(const refresh_order& order) const = 0;
    // Renewed ahead from now on, until it is released.
    virtual void keep(const refresh_order& order) = 0;
    virtual void release(const std::string& key) = 0;
    // Renewed now.
    virtual void hurry(const std::string& key) = 0;

protected:
    ~stream_keeper() = default;
};

class stream_hub {
public:
    struct environment {
        const cache::memory_store* store = nullptr;
        const cache::tag_epochs* epochs = nullptr;
        const clock* time = nullptr;
        boost::asio::any_io_executor home;  // one thread's; its timer is there
        boost::asio::any_io_executor workers;
        std::function<std::uint64_t()> random;  // asked under a mutex
        metrics* registry = nullptr;
    };
    struct meters {
        counter &snapshots, &patches, &changed, &problems, &heartbeats;
        counter &refused_all, &refused_client;
        counter &ended_moved, &ended_expired, &ended_problem, &ended_gone;
        counter& waits;
    };
    stream_hub(environment with, config::stream_settings settings);
    ~stream_hub();
    stream_hub(const stream_hub&) = delete;
    stream_hub& operator=(const stream_hub&) = delete;

    // From now on, `keeper` keeps what is subscribed to; topics that it doesn't know end. Held weakly.
    void turn_to(std::weak_ptr<stream_keeper> keeper, const config::stream_settings& settings);

    // The topic of `order.key`, made if need be, with what is stored. `made`: what was, should it be gone from the
    // store already; may be null.
    std::shared_ptr<stream_topic> topic_of(const refresh_order& order, const cache::entry_ptr& made);
    // The same for a view that couldn't be made, for now.
    std::shared_ptr<stream_topic> topic_of_failed(const refresh_order& order, const problem& why,
                                                  bool older_may_stand_in);

    // A version was stored.
    void published(const cache::entry_ptr& made, const cache::entry_ptr& before);
    // It couldn't be made, for now: stream_topic::be_in_trouble().
    void failed(const std::string& key, const problem& why, bool older_may_stand_in);
    // It isn't told any more, for the reason that `why` says.
    void refused(const std::string& key, const problem& why);
    // Another node has published a version with that entity tag: what is stored here is looked at, and renewed where it
    // is another one. For who puts what came from there into the store first, no call is made.
    void published_elsewhere(const std::string& key, std::string_view etag);

    // All streams end soon, and clients come back to whoever answers then. No stream begins any more.
    void move_away();
    bool moving() const noexcept { return moving_.load(std::memory_order_relaxed); }
    // Its timer ends, so that the executor can run out of work.
    void stop();

    std::shared_ptr<const config::stream_settings> settings() const;
    const std::shared_ptr<stream_places>& places() const noexcept { return places_; }
    // Everybody who has to hear of move_away().
    stream_readers& everybody() noexcept { return everybody_; }
    meters& count() noexcept { return meters_; }
    const clock& time() const noexcept { return *with_.time; }

    // A wait before a client comes back: between one and three times what is configured, so that not all come at once.
    milliseconds scattered_retry();

private:
    struct known {
        std::shared_ptr<stream_topic> topic;
        steady_time used_last{};
    };
    using topics = std::unordered_map<std::string, known>;

    std::shared_ptr<stream_topic> find_or_make(const refresh_order& order);
    std::shared_ptr<stream_topic> find(const std::string& key) const;
    void hurry_if_struck(stream_topic& topic);
    void arm_soon();
    void arm();
    void look_around();
    void look_for_struck();
    void let_go_of_unused();

    const environment with_;
    const std::shared_ptr<stream_places> places_;
    stream_readers everybody_;
    std::atomic<bool> moving_{false};
    std::atomic<std::size_t> topic_count_{0};
    mutable std::mutex mutex_;
    std::shared_ptr<const config::stream_settings> settings_;
    std::weak_ptr<stream_keeper> keeper_;
    topics topics_;
    bool stopped_ = false;
    // On `home` alone.
    boost::asio::steady_timer timer_;
    bool armed_ = false;
    std::uint64_t moment_ = 0;  // of the epochs, when they were looked at last
    steady_time let_go_next_{};
    meters meters_;
    std::vector<metrics::observation> observed_;
};

}  // namespace nearside::proxy
