// One view by key, as its subscribers follow it: the latest version, the changes that led to it, and who is to be
// woken. Each change is made into bytes once, for all. Readers keep a position and nothing else, so one who is slow
// costs no more than one who isn't. Shared by the hub and its subscribers. Any thread.
#pragma once

#include "cache/memory_store.h"
#include "cache/tag_epochs.h"
#include "config/stream_settings.h"
#include "core/clock.h"
#include "proxy/change_log.h"
#include "proxy/refresh_order.h"
#include "proxy/stream_readers.h"
#include "proxy/stream_text.h"

#include <boost/asio/any_io_executor.hpp>

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nearside::proxy {

// Why a view is told no further.
struct stream_end {
    event_tail problem;  // null: it goes on elsewhere, for a client that connects again
};

// What a reader hasn't seen.
struct stream_news {
    struct event {
        std::string_view name;
        std::uint64_t sequence = 0;
        event_tail tail;
    };
    std::vector<event> events;  // in order
    event_tail trouble;         // that nothing is told for now, and why; null: there is none, or the reader knows
    std::shared_ptr<const stream_end> end;
};

// What a reader was told.
struct stream_seen {
    std::optional<std::uint64_t> version;  // the sequence of the one that it has; nullopt: none
    bool trouble = false;                  // that it can't be told for now, and nothing since
};

class stream_topic : public std::enable_shared_from_this<stream_topic> {
public:
    struct environment {
        const cache::memory_store* store = nullptr;
        const cache::tag_epochs* epochs = nullptr;
        const clock* time = nullptr;
        boost::asio::any_io_executor workers;
    };
    // `order`: what it is refreshed with. `item_id`: of its view.
    stream_topic(environment with, std::shared_ptr<const config::stream_settings> settings, refresh_order order,
                 std::string item_id, std::string epoch);

    const std::string& key() const noexcept { return key_; }
    const std::string& epoch() const noexcept { return epoch_; }
    refresh_order order() const;
    // From now on.
    void use(refresh_order order, std::shared_ptr<const config::stream_settings> settings);
    stream_readers& readers() noexcept { return readers_; }

    // What is stored of it may be another version than before. `made`: what is known to be one, should nothing be
    // stored; may be null. `before`: the one that it replaced; may be null.
    void look(const cache::entry_ptr& made, const cache::entry_ptr& before);
    // Whether the newest version has been invalidated, or is gone; true once for each version, were it one that nobody
    // is told since it was struck on its way.
    bool newly_struck();
    // The newest version, told or being made into a change, has that entity tag.
    bool has_looked_at(std::string_view etag) const;
    // A refresh came to nothing. Where nothing that is stored may be shown any more, readers are told, and nothing else
    // until there is a version again, or one that may be shown in spite of a later failure. `older_may_stand_in`: as
    // far as the windows of what is stored allow (RFC 5861 4).
    void be_in_trouble(event_tail problem, bool older_may_stand_in);
    bool in_trouble() const;
    void end(stream_end why);

    stream_news since(const stream_seen& seen);
    // The only event that such a reader hasn't seen, framed for a stream of this view alone, whose URL as a JSON string
    // is `url`: made once for all who have seen as much. Null text: it takes since() to tell.
    struct ready_event {
        std::string_view name;
        std::uint64_t sequence = 0;
        event_tail text;
    };
    ready_event ready_since(std::optional<std::uint64_t> seen, std::string_view url);
    // Larger tails are written as they are, rather than copied into the text of an event.
    static constexpr std::size_t worth_its_own_write = 16 * 1024;
    // Of the version told last; empty: none yet.
    std::string etag() const;
    bool ended() const;

private:
    struct step {
        cache::entry_ptr older, newer;
        std::size_t most = 0;  // bytes of the patch; a longer one isn't told
    };
    // With the mutex held, but for make_patch().
    step step_between(cache::entry_ptr older, cache::entry_ptr newer) const;
    cache::invalidation fate_of(const cache::entry& of) const;
    cache::entry_ptr latest() const;
    bool may_be_shown(const cache::entry& stored, bool in_place_of_an_error) const;
    void leave_trouble();
    stream_news::event whole();
    stream_news news_since(const stream_seen& seen);
    bool is_gone() const;
    void forget_what_is_gone();
    void make_patch(step of);
    // With what comes of it; true: there is another step to be made.
    std::optional<step> take(const step& done, event_tail patch);

    const environment with_;
    const std::string key_, item_id_, epoch_;
    stream_readers readers_;
    mutable std::mutex mutex_;
    std::shared_ptr<const config::stream_settings> settings_;
    refresh_order order_;
    change_log log_;
    std::weak_ptr<const cache::entry> latest_;  // of the log's latest version; memory is the store's to bound
    cache::entry_ptr named_;                    // all that can strike that version, but not its content
    cache::entry_ptr held_;                     // the version, while a patch is made of it
    cache::entry_ptr next_;                     // came while a patch was being made
    std::size_t size_ = 0;                      // of the latest version
    std::weak_ptr<const cache::entry> newest_;  // that was looked at, told or not
    bool has_looked_ = false;                   // at any
    bool struck_ = false;                       // the newest one
    std::weak_ptr<const std::string> whole_;    // the snapshot of the latest version, while anybody has it
    event_tail kept_whole_;                     // the same, where it is small
    struct {
        std::optional<std::uint64_t> seen;
        std::string url;
        ready_event event;
    } ready_;                // the last one made
    event_tail trouble_;     // null: there is none
    bool recovers_ = false;  // from it, as soon as the version that came can be told
    std::shared_ptr<const stream_end> end_;
};

}  // namespace nearside::proxy
