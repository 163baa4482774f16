// Redis behind the memory store: its client, the thread that does all of its work, and what is stored there. That
// thread reads and writes tens of MB at times, which no request on an io thread has to wait for.
// Owned by process, where `cache.redis` is configured. open(), start() and the ends on the main thread; the rest on
// any.
#pragma once

#include "cache/memory_store.h"
#include "cache/redis_client.h"
#include "cache/redis_keys.h"
#include "cache/redis_store.h"
#include "config/settings.h"
#include "core/clock.h"
#include "core/error.h"
#include "core/log.h"
#include "core/metrics.h"
#include "proxy/run_context.h"
#include "proxy/tier_lookup.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>

namespace nearside::proxy {

class second_tier {
public:
    struct parts {
        boost::asio::any_io_executor workers;
        cache::memory_store& memory;
        const cache::tag_epochs& epochs;
        const cache::tier_gate& gate;
        logger& log;
        const clock& time;
        metrics& registry;
    };

    // `settings.redis` is there.
    second_tier(const config::cache_settings& settings, const parts& with);
    ~second_tier();
    second_tier(const second_tier&) = delete;
    second_tier& operator=(const second_tier&) = delete;

    // Before anything else. Fails where TLS can't be set up; Redis itself need not be there.
    result<void> open();
    // Waits a moment for Redis, so that the first requests find what an earlier process has stored.
    void start(const on_thrown& tell);

    // Before start(): what is called for each entry that is to be written, and when it was; on any thread.
    using on_put = std::function<void(const cache::entry& of)>;
    void tell_put(on_put told) { put_ = std::move(told); }
    using on_written = std::function<void(const cache::entry& of, cache::redis_wrote what)>;
    void tell_written(on_written told) { written_ = std::move(told); }

    // Whether asking it is worth a request's time. Cheap.
    bool answers() const noexcept { return client_->available(); }
    tier_lookup& lookups() noexcept { return *lookups_; }
    // Behind whoever stores. What is private to one request never comes here.
    void put(cache::entry_ptr stored) {
        if (put_) put_(*stored);
        store_->put(std::move(stored));
    }
    void erase(std::string key) { store_->erase(std::move(key)); }

    cache::redis_client& client() noexcept { return *client_; }
    cache::redis_store& store() noexcept { return *store_; }
    const cache::redis_keys& keys() const noexcept { return keys_; }
    const config::redis_settings& settings() const noexcept { return *settings_; }
    // Of its thread, which is `home` of the client: for what is small and never waits.
    boost::asio::any_io_executor home() { return context_.get_executor(); }

    // When no requests are left, while the workers still run: writes what waits, until `write_until`, and no more after
    // that; what is under way fails, and the thread ends. False: it didn't.
    bool stop(steady_time write_until);
    // Once the workers have stopped: what they had asked for meanwhile.
    void run_what_is_left();

private:
    boost::asio::awaitable<void> greet();

    const std::shared_ptr<const config::redis_settings> settings_;
    const std::uint64_t max_entry_;
    const parts parts_;
    const cache::redis_keys keys_;
    boost::asio::io_context context_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> open_;
    std::unique_ptr<cache::redis_client> client_;
    std::unique_ptr<cache::redis_store> store_;
    std::unique_ptr<tier_lookup> lookups_;
    std::optional<metrics::observation> up_;
    on_put put_;
    on_written written_;
    std::promise<void> ended_;
    std::thread thread_;
};

}  // namespace nearside::proxy
