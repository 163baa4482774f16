#include "proxy/stream_hub.h"

#include "proxy/stream_id.h"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

namespace nearside::proxy {

namespace {

// How soon it is seen that something was invalidated.
constexpr milliseconds look_every{10};
// How soon it is seen that a view has no subscribers, at the latest.
constexpr milliseconds let_go_every{5'000};

stream_hub::meters make_meters(metrics& registry) {
    const auto events = [&](const char* event) -> counter& {
        return registry.make_counter("nearside_stream_events_total", "Events written to streams", {{"event", event}});
    };
    const auto refused = [&](const char* why) -> counter& {
        return registry.make_counter("nearside_stream_refusals_total", "Streams refused by a limit", {{"limit", why}});
    };
    const auto ends = [&](const char* why) -> counter& {
        return registry.make_counter("nearside_stream_ends_total", "Streams ended, by why", {{"why", why}});
    };
    return {.snapshots = events("snapshot"),
            .patches = events("patch"),
            .changed = events("changed"),
            .problems = events("problem"),
            .heartbeats = events("heartbeat"),
            .refused_all = refused("max"),
            .refused_client = refused("per_client"),
            .ended_moved = ends("moved"),
            .ended_expired = ends("expired"),
            .ended_problem = ends("problem"),
            .ended_gone = ends("gone"),
            .waits = registry.make_counter("nearside_waits_total", "Requests that waited for a change (Prefer: wait)")};
}

}  // namespace

stream_hub::stream_hub(environment with, config::stream_settings settings)
    : with_(std::move(with)),
      places_(std::make_shared<stream_places>()),
      settings_(std::make_shared<const config::stream_settings>(settings)),
      timer_(with_.home),
      meters_(make_meters(*with_.registry)) {
    observed_.push_back(with_.registry->make_observed("nearside_streams", "Streams and waiting requests", {},
                                                      [this] { return static_cast<double>(places_->count()); }));
    observed_.push_back(with_.registry->make_observed("nearside_stream_topics", "Views that are streamed", {}, [this] {
        return static_cast<double>(topic_count_.load(std::memory_order_relaxed));
    }));
}

stream_hub::~stream_hub() = default;

std::shared_ptr<const config::stream_settings> stream_hub::settings() const {
    const std::lock_guard lock(mutex_);
    return settings_;
}

void stream_hub::turn_to(std::weak_ptr<stream_keeper> keeper, const config::stream_settings& settings) {
    std::vector<std::shared_ptr<stream_topic>> gone;
    {
        const std::lock_guard lock(mutex_);
        settings_ = std::make_shared<const config::stream_settings>(settings);
        keeper_ = std::move(keeper);
        const auto now = keeper_.lock();
        if (!now) return;
        std::erase_if(topics_, [&](const auto& each) {
            const std::shared_ptr<stream_topic>& topic = each.second.topic;
            if (auto order = now->as_configured(topic->order())) {
                topic->use(*order, settings_);
                now->keep(*order);
                return false;
            }
            gone.push_back(topic);
            return true;
        });
        topic_count_ = topics_.size();
    }
    for (const auto& topic : gone)
        topic->end({});
}

std::shared_ptr<stream_topic> stream_hub::find_or_make(const refresh_order& order) {
    std::shared_ptr<stream_topic> topic;
    bool unknown = false;
    {
        const std::lock_guard lock(mutex_);
        known& place = topics_[order.key];
        place.used_last = with_.time->steady_now();
        if (!place.topic) {
            place.topic = std::make_shared<stream_topic>(
                stream_topic::environment{with_.store, with_.epochs, with_.time, with_.workers}, settings_, order,
                order.target->of->item_id, make_stream_epoch(with_.random()));
            const auto keeper = keeper_.lock();
            // A request of the configuration before may come late.
            const auto configured = keeper ? keeper->as_configured(order) : std::nullopt;
            unknown = !configured;
            if (configured) {
                place.topic->use(*configured, settings_);
                keeper->keep(*configured);
            }
        }
        topic = place.topic;
        if (unknown) topics_.erase(order.key);
        topic_count_ = topics_.size();
    }
    if (unknown) topic->end({});
    arm_soon();
    return topic;
}

std::shared_ptr<stream_topic> stream_hub::topic_of(const refresh_order& order, const cache::entry_ptr& made) {
    std::shared_ptr<stream_topic> topic = find_or_make(order);
    topic->look(topic->etag().empty() ? made : nullptr, nullptr);
    hurry_if_struck(*topic);
    return topic;
}

std::shared_ptr<stream_topic> stream_hub::topic_of_failed(const refresh_order& order, const problem& why,
                                                          bool older_may_stand_in) {
    std::shared_ptr<stream_topic> topic = find_or_make(order);
    topic->be_in_trouble(problem_tail(why.content.to_string()), older_may_stand_in);
    topic->look(nullptr, nullptr);
    hurry_if_struck(*topic);
    return topic;
}

void stream_hub::failed(const std::string& key, const problem& why, bool older_may_stand_in) {
    if (const std::shared_ptr<stream_topic> topic = find(key))
        topic->be_in_trouble(problem_tail(why.content.to_string()), older_may_stand_in);
}

std::shared_ptr<stream_topic> stream_hub::find(const std::string& key) const {
    if (topic_count_.load(std::memory_order_relaxed) == 0) return nullptr;
    const std::lock_guard lock(mutex_);
    const auto known = topics_.find(key);
    return known == topics_.end() ? nullptr : known->second.topic;
}

void stream_hub::published(const cache::entry_ptr& made, const cache::entry_ptr& before) {
    const std::shared_ptr<stream_topic> topic = find(made->key);
    if (!topic) return;
    topic->look(made, before);
    hurry_if_struck(*topic);
}

// What has just been made may have been struck on its way.
void stream_hub::hurry_if_struck(stream_topic& topic) {
    if (!topic.newly_struck()) return;
    const std::lock_guard lock(mutex_);
    if (const auto keeper = keeper_.lock()) keeper->hurry(topic.key());
}

void stream_hub::refused(const std::string& key, const problem& why) {
    std::shared_ptr<stream_topic> topic;
    if (topic_count_.load(std::memory_order_relaxed) == 0) return;
    {
        const std::lock_guard lock(mutex_);
        const auto known = topics_.find(key);
        if (known == topics_.end()) return;
        topic = std::move(known->second.topic);
        topics_.erase(known);
        topic_count_ = topics_.size();
        if (const auto keeper = keeper_.lock()) keeper->release(key);
    }
    topic->end({problem_tail(why.content.to_string())});
}

void stream_hub::published_elsewhere(const std::string& key, std::string_view etag) {
    const std::shared_ptr<stream_topic> topic = find(key);
    if (!topic) return;
    topic->look(nullptr, nullptr);
    if (topic->has_looked_at(etag) && !topic->in_trouble()) return hurry_if_struck(*topic);
    const std::lock_guard lock(mutex_);
    if (const auto keeper = keeper_.lock()) keeper->hurry(key);
}

void stream_hub::move_away() {
    moving_ = true;
    everybody_.wake();
}

void stream_hub::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopped_ = true;
        topics_.clear();
        topic_count_ = 0;
    }
    boost::asio::post(with_.home, [this] { timer_.cancel(); });
}

milliseconds stream_hub::scattered_retry() {
    const std::lock_guard lock(mutex_);
    const auto wait = static_cast<std::uint64_t>(settings_->retry.count());
    return milliseconds{static_cast<milliseconds::rep>(wait + with_.random() % (2 * wait + 1))};
}

void stream_hub::arm_soon() {
    boost::asio::post(with_.home, [this] {
        if (!armed_) arm();
    });
}

void stream_hub::arm() {
    {
        const std::lock_guard lock(mutex_);
        armed_ = !stopped_ && !topics_.empty();
    }
    if (!armed_) return;
    timer_.expires_after(look_every);
    timer_.async_wait([this](boost::system::error_code cancelled) {
        armed_ = false;
        if (cancelled) return;
        look_around();
        arm();
    });
}

void stream_hub::look_around() {
    const std::uint64_t moment = with_.epochs->now();
    if (std::exchange(moment_, moment) != moment) look_for_struck();
    const steady_time now = with_.time->steady_now();
    if (now < let_go_next_) return;
    let_go_next_ = now + std::min(let_go_every, settings()->linger);
    let_go_of_unused();
}

void stream_hub::look_for_struck() {
    std::vector<std::shared_ptr<stream_topic>> all;
    std::shared_ptr<stream_keeper> keeper;
    {
        const std::lock_guard lock(mutex_);
        keeper = keeper_.lock();
        all.reserve(topics_.size());
        for (const auto& [key, each] : topics_)
            all.push_back(each.topic);
    }
    if (!keeper) return;
    for (const auto& topic : all) {
        if (topic->newly_struck()) keeper->hurry(topic->key());
    }
}

void stream_hub::let_go_of_unused() {
    const steady_time now = with_.time->steady_now();
    const std::lock_guard lock(mutex_);
    const auto keeper = keeper_.lock();
    for (auto at = topics_.begin(); at != topics_.end();) {
        known& of = at->second;
        if (of.topic->readers().count() > 0) of.used_last = now;
        if (now - of.used_last < settings_->linger) {
            ++at;
            continue;
        }
        if (keeper) keeper->release(at->first);
        at = topics_.erase(at);
    }
    topic_count_ = topics_.size();
}

}  // namespace nearside::proxy
