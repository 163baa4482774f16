// Views whose versions a test publishes, as refreshes do, and a hub that tells of them. What workers and timers do is
// done when the test says so, on its own thread.
#pragma once

#include "cache/memory_store.h"
#include "cache/tag_epochs.h"
#include "proxy/stream_hub.h"
#include "tests/support/manual_clock.h"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

namespace nearside::proxy {

// A version of a view that is stored as of now.
inline cache::entry_ptr put_version(cache::memory_store& store, const cache::tag_epochs& epochs, const std::string& key,
                                    const std::string& etag, const std::string& content) {
    auto made = std::make_shared<cache::entry>();
    made->key = key;
    response_head head;
    head.fields.append("ETag", etag);
    made->head = prepared_head(head);
    made->content = body(content);
    made->stamp = epochs.now();
    EXPECT_TRUE(store.put(made));
    return made;
}

// All views are configured, and what is asked of them is counted.
class counting_keeper final : public stream_keeper {
public:
    std::optional<refresh_order> as_configured(const refresh_order& order) const override { return order; }
    void keep(const refresh_order&) override { ++kept; }
    void release(const std::string&) override { ++released; }
    void hurry(const std::string&) override { ++hurried; }
    int kept = 0, released = 0, hurried = 0;
};

class stream_rig {
public:
    explicit stream_rig(config::stream_settings settings = {})
        : keeper(std::make_shared<counting_keeper>()),
          hub({.store = &store,
               .epochs = &epochs,
               .time = &clock,
               .home = thread.get_executor(),
               .workers = thread.get_executor(),
               .random = [this] { return ++random_; },
               .registry = &registry},
              settings) {
        hub.turn_to(keeper, settings);
    }
    ~stream_rig() {
        hub.stop();
        work();
    }
    stream_rig(const stream_rig&) = delete;
    stream_rig& operator=(const stream_rig&) = delete;

    static refresh_order order_of(const std::string& key) {
        auto target = std::make_shared<view_target>();
        auto of = std::make_shared<view>();
        of->name = "board";
        of->item_id = "id";
        target->of = std::move(of);
        target->key = key;
        return {.target = std::move(target), .key = key, .forwarded = {}, .oldest = {}};
    }
    // Tells nobody.
    cache::entry_ptr put(const std::string& key, const std::string& etag, const std::string& content) {
        return put_version(store, epochs, key, etag, content);
    }
    void publish(const std::string& key, const std::string& etag, const std::string& content) {
        const cache::entry_ptr before = store.peek(key);
        hub.published(put(key, etag, content), before);
        work();
    }
    std::shared_ptr<stream_topic> topic_of(const std::string& key) { return hub.topic_of(order_of(key), nullptr); }
    void work() {
        thread.restart();
        thread.poll();
    }

    boost::asio::io_context thread;
    testing::manual_clock clock;
    metrics registry;
    cache::memory_store store{{.bytes = 100'000'000, .max_entry_bytes = 100'000'000}};
    cache::tag_epochs epochs{1'000};
    std::shared_ptr<counting_keeper> keeper;
    stream_hub hub;

private:
    std::uint64_t random_ = 0;
};

}  // namespace nearside::proxy
