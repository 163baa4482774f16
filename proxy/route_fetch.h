// Fetches what routes store: one call to the upstream a key at a time, detached from whoever caused it. As soon as the
// answer's head is there, everyone who waits reads along while the body is being stored; an answer that may not be
// shared goes to the one who caused the call, and the others are let go at once.
// Owned by its generation, which every call holds until it is over. Any io thread.
#pragma once

#include "cache/flight_table.h"
#include "cache/memory_store.h"
#include "cache/tag_epochs.h"
#include "cache/uncacheable_keys.h"
#include "core/clock.h"
#include "core/log.h"
#include "proxy/growing_body.h"
#include "proxy/owner.h"
#include "proxy/route_call.h"
#include "proxy/route_entry.h"
#include "proxy/route_meters.h"
#include "proxy/route_proxy.h"
#include "proxy/route_question.h"
#include "proxy/upstreams.h"
#include "proxy/wakeup.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace nearside::proxy {

class cluster;
class second_tier;

// What a call came to, for all who waited; immutable.
struct route_outcome {
    enum class kind {
        stored,    // `entry` is whole
        arriving,  // `entry` has no content yet: it is in `arriving`
        own_way,   // the answer is for one request only
        brought,   // no call was made: another node has, and what it stored is in memory now
        failed,    // no answer, or one that an older copy may stand in for
    };
    kind is = kind::failed;
    cache::entry_ptr entry;
    cache::vary_spec vary;  // what `entry` depends on
    std::shared_ptr<growing_body> arriving;
    std::optional<std::uint64_t> length;  // of what arrives
    bool kept = false;                    // it is in the store, or will be
    cache::refusal refused = cache::refusal::none;
    int upstream_status = 0;  // 0: it didn't answer
    error failure;
};
using route_result = std::shared_ptr<const route_outcome>;
using route_flights = cache::flight_table<route_result>;

// What passes between a call and the one client that caused it, who waits; both on one thread.
struct route_ticket {
    explicit route_ticket(std::shared_ptr<wakeup> who) : waiter(std::move(who)) {}

    const std::shared_ptr<wakeup> waiter;
    std::deque<response_head> interim;  // 1xx, to be passed on
    route_result outcome;
    // The answer with the fields that are for this client alone; null where there are none of that kind.
    cache::entry_ptr own_entry;
    // With `arriving`: reads it from the beginning.
    std::unique_ptr<growing_body::reader> reader;
    // With own_way: the rest of the call is the client's to read, and to close.
    std::shared_ptr<route_call> call;
    response_head head;
    // The client is gone. A call that is of use to nobody else ends then.
    bool abandoned = false;
    std::weak_ptr<route_call> own;  // of a call for this client alone, while it waits for the head

    void abandon() {
        abandoned = true;
        reader.reset();
        if (const auto useless = own.lock()) useless->guard().stop(errc::cancelled);
        if (call) call->guard().stop(errc::cancelled);
    }
};

struct route_environment {
    owner held_by{};
    cache::memory_store* store = nullptr;
    second_tier* second = nullptr;   // may be null
    const cluster* nodes = nullptr;  // the same
    const cache::tag_epochs* epochs = nullptr;
    std::shared_ptr<const upstreams> pools;
    std::vector<boost::asio::any_io_executor> executors;  // refreshes behind are spread over them; at least one
    const clock* time = nullptr;
    logger* log = nullptr;
    const route_proxy* pass = nullptr;
    const route_meters* meters = nullptr;
    std::string name;                 // server.name
    milliseconds retry_after{1'000};  // after a failed refresh
    std::uint64_t max_entry = 0;      // bytes of a body that is kept
    // Bytes of a body that other nodes wait for: of a larger one, a call of their own brings the beginning sooner.
    std::uint64_t most_awaited = 1024 * 1024;
};

class route_fetch {
public:
    explicit route_fetch(route_environment environment);

    // A refresh that nobody waits for, unless one is under way or the last one failed just now. `stored` is stale.
    void behind(route_question question, const cache::entry_ptr& stored);

    // The key of the flight that fetches what is stored under `key`.
    std::string flight_key(std::string key, const route_question& question) const;
    // Whether requests for this key have turned out to share nothing: they go alone.
    bool shares_nothing(const route_question& question) const;
    // Takes part in the flight of `key`; `leads`: the caller must launch() it. One that has told its outcome already is
    // taken only where `usable` says so; without a seat, what is `stored_under` is no longer what was `seen` there.
    template <class Usable>
    route_flights::seat join(const std::string& key, Usable usable, std::string_view stored_under,
                             const cache::entry_ptr& seen) {
        return flights_.join_unless(key, environment_.time->steady_now(), std::move(usable),
                                    [&] { return environment_.store->peek(stored_under) != seen; });
    }
    // The call of a flight, or (`of` null) of one request alone. On the executor of the ticket's client.
    // `older`: what is validated and may stand in for a failure.
    struct older_copy {
        std::string stored_under;  // where it is, or would be
        cache::entry_ptr entry{};  // null: none
        cache::invalidation fate = cache::invalidation::none;
        bool validates = true;  // the request may ask whether it is still good
    };
    void launch(route_question question, older_copy older, std::string key, std::shared_ptr<route_flights::flight> of,
                std::shared_ptr<route_ticket> ticket, boost::asio::any_io_executor home, call_priority priority);

    std::uint64_t under_way() const noexcept { return under_way_; }

private:
    struct job;
    enum class step { over, again };

    boost::asio::awaitable<void> run(std::shared_ptr<job> of);
    boost::asio::awaitable<bool> join_nodes(std::shared_ptr<job> of);
    boost::asio::awaitable<step> fetch(std::shared_ptr<job> of);
    bool may_answer(const route_question& question, const cache::entry& brought) const;
    void let_go_of_nodes(job& of) const;
    boost::asio::awaitable<void> arrive(std::shared_ptr<job> of, std::shared_ptr<route_call> call,
                                        storable_answer answer, int upstream_status);
    result<std::string> request_bytes(const job& of) const;
    bool freshen(job& of, const response_head& not_modified, cache::exchange_times times, std::uint64_t stamp);
    void note_head_answer(job& of, const response_head& answer, cache::exchange_times times);
    static void give_all_fields(const job& of, const storable_answer& answer, body content);
    void publish(job& of, const storable_answer& answer, cache::entry_ptr made);
    bool put(cache::entry_ptr stored) const;
    void erase(const std::string& key) const;
    void put_marker_behind(const cache::entry& variant, const std::string& primary, const cache::vary_spec& vary,
                           const cache::entry* older) const;
    bool may_stand_in(const job& of) const;
    void tell(job& of, route_outcome outcome, bool landed = true);
    void fail(job& of, error failure, int upstream_status);

    const route_environment environment_;
    route_flights flights_;
    cache::uncacheable_keys uncacheable_;
    std::atomic<std::size_t> next_executor_{0};
    std::atomic<std::uint64_t> under_way_{0};
};

}  // namespace nearside::proxy
