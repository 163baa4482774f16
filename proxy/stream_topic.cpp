#include "proxy/stream_topic.h"

#include "aggregators/json_patch.h"
#include "cache/reuse.h"
#include "proxy/stream_id.h"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

namespace nearside::proxy {

namespace {

// A larger snapshot is kept only while somebody is being written it.
constexpr std::size_t worth_keeping = 64 * 1024;

cache::entry_ptr names_alone(const cache::entry& of) {
    auto made = std::make_shared<cache::entry>();
    made->key = of.key;
    made->stamp = of.stamp;
    if (of.extras && !of.extras->tags.empty()) {
        auto extras = std::make_unique<cache::entry_extras>();
        extras->tags = of.extras->tags;
        made->extras = std::move(extras);
    }
    return made;
}

change_log::limits limits_of(const config::stream_settings& settings) {
    return {.changes = settings.history, .bytes = static_cast<std::size_t>(settings.history_bytes)};
}

}  // namespace

stream_topic::stream_topic(environment with, std::shared_ptr<const config::stream_settings> settings,
                           refresh_order order, std::string item_id, std::string epoch)
    : with_(std::move(with)),
      key_(order.key),
      item_id_(std::move(item_id)),
      epoch_(std::move(epoch)),
      settings_(std::move(settings)),
      order_(std::move(order)),
      log_(limits_of(*settings_)) {}

refresh_order stream_topic::order() const {
    const std::lock_guard lock(mutex_);
    return order_;
}

void stream_topic::use(refresh_order order, std::shared_ptr<const config::stream_settings> settings) {
    const std::lock_guard lock(mutex_);
    order_ = std::move(order);
    settings_ = std::move(settings);
    log_.keep_within(limits_of(*settings_));
}

stream_topic::step stream_topic::step_between(cache::entry_ptr older, cache::entry_ptr newer) const {
    const double most = settings_->patch_share * static_cast<double>(newer->content.size());
    return {std::move(older), std::move(newer), static_cast<std::size_t>(most)};
}

cache::invalidation stream_topic::fate_of(const cache::entry& of) const {
    return with_.epochs->fate_of(of, names_of(*order_.target));
}

cache::entry_ptr stream_topic::latest() const {
    return held_ ? held_ : latest_.lock();
}

// The store is asked under the lock: of two who bring versions at once, the later one finds the newer.
void stream_topic::look(const cache::entry_ptr& made, const cache::entry_ptr& before) {
    step todo;
    {
        const std::lock_guard lock(mutex_);
        cache::entry_ptr newer = with_.store->peek(key_);
        if (!newer) newer = made;
        if (!newer) return;
        has_looked_ = true;
        if (fate_of(*newer) == cache::invalidation::hard) {
            // Struck on its way. That the one before it was struck doesn't count any more.
            if (newest_.lock() != newer) struck_ = false;
            newest_ = newer;
            return;
        }
        // While nothing may be shown, what has been stored for long doesn't end that.
        if (trouble_ && newer != made && !may_be_shown(*newer, false)) return;
        recovers_ = trouble_ != nullptr;
        newest_ = newer;
        struck_ = false;
        if (held_) {
            next_ = std::move(newer);
            return;
        }
        if (newer->etag() == log_.etag()) {
            // What was gone was made anew, and is the same: it is told to who hasn't seen it.
            const bool is_back = is_gone() || recovers_;
            forget_what_is_gone();
            latest_ = newer;
            named_ = names_alone(*newer);
            leave_trouble();
            if (!is_back) return;
        } else {
            cache::entry_ptr older = latest_.lock();
            if (!older && before && before->etag() == log_.etag()) older = before;
            todo = step_between(std::move(older), std::move(newer));
            held_ = todo.older;
            if (!todo.older) take(todo, nullptr);
        }
    }
    if (todo.older)
        make_patch(std::move(todo));
    else
        readers_.wake();
}

void stream_topic::make_patch(step of) {
    boost::asio::post(with_.workers, [self = shared_from_this(), of = std::move(of)]() mutable {
        const auto ops = aggregators::json_patch(of.older->content, of.newer->content,
                                                 {.item_id = self->item_id_, .limit = of.most});
        event_tail patch = ops ? patch_tail(of.older->etag(), of.newer->etag(), *ops) : nullptr;
        std::optional<step> more;
        {
            const std::lock_guard lock(self->mutex_);
            more = self->take(of, std::move(patch));
        }
        self->readers_.wake();
        if (more) self->make_patch(*std::move(more));
    });
}

std::optional<stream_topic::step> stream_topic::take(const step& done, event_tail patch) {
    forget_what_is_gone();
    log_.add(done.newer->etag(), std::move(patch));
    latest_ = done.newer;
    named_ = names_alone(*done.newer);
    size_ = done.newer->content.size();
    whole_.reset();
    kept_whole_ = nullptr;
    ready_.event = {};
    held_ = nullptr;
    cache::entry_ptr next = std::exchange(next_, nullptr);
    if (next && next->etag() == log_.etag()) {
        latest_ = next;
        named_ = names_alone(*next);
        next = nullptr;
    }
    if (!next) {
        leave_trouble();
        return std::nullopt;
    }
    held_ = done.newer;
    return step_between(done.newer, std::move(next));
}

// The version that ends it is there to be told.
void stream_topic::leave_trouble() {
    if (std::exchange(recovers_, false)) trouble_ = nullptr;
}

bool stream_topic::newly_struck() {
    const std::lock_guard lock(mutex_);
    if (struck_ || end_ || !has_looked_) return false;
    const cache::entry_ptr now = newest_.lock();
    struck_ = !now || fate_of(*now) != cache::invalidation::none;
    return struck_;
}

bool stream_topic::has_looked_at(std::string_view etag) const {
    const std::lock_guard lock(mutex_);
    const cache::entry_ptr newest = newest_.lock();
    return newest ? newest->etag() == etag : log_.etag() == etag;
}

bool stream_topic::may_be_shown(const cache::entry& stored, bool in_place_of_an_error) const {
    const cache::invalidation fate = fate_of(stored);
    if (fate == cache::invalidation::hard) return false;
    const cache::stored_facts facts = cache::facts_of(stored, fate);
    const wall_time now = with_.time->wall_now();
    const cache::reuse verdict = cache::decide_reuse(&facts, {}, now).verdict;
    return verdict == cache::reuse::fresh || verdict == cache::reuse::stale ||
           (in_place_of_an_error && cache::may_serve_on_error(facts, {}, now));
}

void stream_topic::be_in_trouble(event_tail problem, bool older_may_stand_in) {
    cache::entry_ptr shown;
    {
        const std::lock_guard lock(mutex_);
        if (end_ || recovers_) return;
        const cache::entry_ptr stored = with_.store->peek(key_);
        if (stored && may_be_shown(*stored, older_may_stand_in)) shown = stored;
        if ((shown != nullptr) != (trouble_ != nullptr)) return;
        if (!shown) {
            trouble_ = std::move(problem);
            ready_.event = {};
        }
    }
    // What has come into the store since, or may stand in for this failure, ends the trouble of one before.
    if (shown)
        look(shown, nullptr);
    else
        readers_.wake();
}

bool stream_topic::in_trouble() const {
    const std::lock_guard lock(mutex_);
    return trouble_ && !recovers_;
}

void stream_topic::end(stream_end why) {
    {
        const std::lock_guard lock(mutex_);
        if (end_) return;
        end_ = std::make_shared<const stream_end>(std::move(why));
    }
    readers_.wake();
}

stream_news::event stream_topic::whole() {
    const cache::entry_ptr now = latest();
    if (size_ > settings_->snapshot_limit || !now) return {"changed", log_.latest(), changed_tail(log_.etag())};
    event_tail made = whole_.lock();
    if (!made) {
        made = snapshot_tail(log_.etag(), now->content);
        whole_ = made;
        if (made->size() <= worth_keeping) kept_whole_ = made;
    }
    return {"snapshot", log_.latest(), std::move(made)};
}

// What is gone is told to nobody, were it only a step on the way to it. The store may have let go of it long ago.
bool stream_topic::is_gone() const {
    const cache::entry_ptr now = latest();
    if (!now && !named_) return false;
    return fate_of(now ? *now : *named_) == cache::invalidation::hard;
}

// Who has that version may be told what follows it; who hasn't, isn't told what leads to it.
void stream_topic::forget_what_is_gone() {
    if (!is_gone()) return;
    log_.forget();
    ready_.event = {};
}

stream_news stream_topic::since(const stream_seen& seen) {
    std::unique_lock lock(mutex_);
    if (log_.latest() != 0 && !trouble_ && !latest()) {
        // The store has let go of it, for a newer one most likely.
        lock.unlock();
        look(nullptr, nullptr);
        lock.lock();
    }
    return news_since(seen);
}

stream_topic::ready_event stream_topic::ready_since(std::optional<std::uint64_t> seen, std::string_view url) {
    const std::lock_guard lock(mutex_);
    if (end_ || trouble_ || log_.latest() == 0 || seen == log_.latest()) return {};
    const ready_event& made = ready_.event;
    if (made.text && made.sequence == log_.latest() && ready_.seen == seen && ready_.url == url)
        return is_gone() ? ready_event{} : made;
    const stream_news news = news_since({seen, false});
    if (news.events.size() != 1) return {};
    const stream_news::event& only = news.events.front();
    // What takes a snapshot's place may give way to it.
    if (only.name == "changed" || only.tail->size() >= worth_its_own_write) return {};
    std::string id, text;
    append_position(id, epoch_, only.sequence);
    constexpr std::size_t words = 64;  // at most, beside what differs
    text.reserve(words + id.size() + url.size() + only.tail->size());
    append_event_start(text, only.name, id, url);
    text.append(*only.tail).append(event_end);
    ready_ = {seen, std::string(url), {only.name, only.sequence, std::make_shared<const std::string>(std::move(text))}};
    return ready_.event;
}

stream_news stream_topic::news_since(const stream_seen& seen) {
    stream_news news;
    news.end = end_;
    if (!end_ && trouble_ && !recovers_ && !seen.trouble) news.trouble = trouble_;
    if (end_ || trouble_ || log_.latest() == 0 || is_gone()) return news;
    if (seen.version == log_.latest()) {
        // Who was told of trouble learns that it is over, were the version the same.
        if (seen.trouble) news.events.push_back(whole());
        return news;
    }
    // What may be sent instead of all of it.
    const std::uint64_t worth =
        size_ > settings_->snapshot_limit ? std::max<std::uint64_t>(settings_->buffer, size_ / 2) : settings_->buffer;
    if (auto missed = log_.since(seen.version.value_or(0), static_cast<std::size_t>(worth))) {
        for (change_log::change& each : *missed)
            news.events.push_back({"patch", each.sequence, std::move(each.patch)});
        return news;
    }
    news.events.push_back(whole());
    return news;
}

std::string stream_topic::etag() const {
    const std::lock_guard lock(mutex_);
    return log_.etag();
}

bool stream_topic::ended() const {
    const std::lock_guard lock(mutex_);
    return end_ != nullptr;
}

}  // namespace nearside::proxy
