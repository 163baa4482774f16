// The kept connections to one upstream. Warm ones are opened at start and renewed behind before the upstream's
// keep-alive runs out; a call that finds none idle waits for the first that is returned or newly opened, whichever is
// sooner; `max` bounds all of them.
// One a process and upstream, owned by `upstreams` (and by the calls in progress). Any io thread may call anything: a
// short mutex guards the lists, and I/O is done by whoever holds a lease. Each executor must be one thread's.
// Connections belong to the io_contexts: call shutdown(), then let every context run out of work, before the first of
// them is destroyed.
#pragma once

#include "config/settings.h"
#include "core/clock.h"
#include "core/error.h"
#include "core/log.h"
#include "proxy/call_guard.h"
#include "proxy/pipelining_trial.h"
#include "proxy/upstream_connection.h"
#include "proxy/upstream_health.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

namespace nearside::proxy {

class upstream_dialer;
class upstream_pool;

struct pool_environment {
    std::vector<boost::asio::any_io_executor> executors;  // warm connections are spread over them; at least one
    logger* log = nullptr;                                // outlives the pool; may be null
    milliseconds sweep_every{1'000};                      // how often idle connections are looked at
};

// Background calls (refreshes nobody waits for) get a connection only when no foreground call waits.
enum class call_priority { foreground, background };

struct connection_wish {
    call_priority priority = call_priority::foreground;
    // Which kept connections will do. `alive`: one that seems alive, since a failure on it can be repeated.
    // `surely_alive`: also idle for less than half of its keep-alive, for calls that cannot be repeated. `none`: a new
    // one.
    enum class reuse { alive, surely_alive, none } kept = reuse::alive;
};

struct pool_counts {
    std::uint64_t idle = 0, in_use = 0, opening = 0, waiting = 0;
    bool pipelining = false;  // calls go behind others
    std::uint64_t connects = 0, failed_connects = 0, reused = 0, pipelined = 0, asked_again = 0, renewed = 0,
                  surplus = 0, found_dead = 0, refused_busy = 0;

    std::uint64_t open() const noexcept { return idle + in_use; }
};

// A connection lent to one call. Unless given back it is closed.
class upstream_lease {
public:
    upstream_lease() = default;  // an empty one
    upstream_lease(std::shared_ptr<upstream_pool> pool, std::unique_ptr<upstream_connection> connection);
    ~upstream_lease();
    upstream_lease(upstream_lease&&) noexcept = default;  // leaves an empty one
    upstream_lease& operator=(upstream_lease&&) = delete;

    upstream_connection& operator*() const noexcept { return *connection_; }
    upstream_connection* operator->() const noexcept { return connection_.get(); }
    // It has served another call before: a failure before the first byte may only mean that it had died meanwhile.
    bool reused() const noexcept { return connection_->calls > 0; }
    const config::upstream_settings& settings() const noexcept;
    upstream_pool& pool() const noexcept { return *pool_; }
    // Only after a whole response that leaves the connection usable. `keep_alive`: the upstream's own word.
    void give_back(std::optional<milliseconds> keep_alive);

private:
    std::shared_ptr<upstream_pool> pool_;
    std::unique_ptr<upstream_connection> connection_;
};

class upstream_pool : public std::enable_shared_from_this<upstream_pool> {
public:
    // Fails where TLS cannot be set up (tls_failed).
    static result<std::shared_ptr<upstream_pool>> create(std::shared_ptr<const config::upstream_settings> upstream,
                                                         pool_environment environment);
    ~upstream_pool();

    const config::upstream_settings& settings() const noexcept { return *upstream_; }
    void start();
    // The warm connections have stood. Stays true when the upstream fails later: an older copy may still be served.
    bool ready() const;
    pool_counts counts() const;
    health_counts health() const { return health_->counts(); }
    // Closes idle and opening connections; those in use when their calls end. Later calls fail with shutting_down.
    void shutdown();

    // Errors: upstream_unavailable (its circuit is open), upstream_busy (queue full, or none became free before the
    // guard's total ran out), shutting_down, why the guard ended the call, and what opening a connection fails with:
    // resolve_failed, connect_failed, connect_timeout, tls_failed.
    boost::asio::awaitable<result<upstream_lease>> acquire(connection_wish wish, std::shared_ptr<call_guard> guard);
    // A call would get a connection at once, or one that is opened for it.
    bool has_room() const;
    // A call of that priority, or one that goes before it, waits for others' connections: none is being opened for it.
    bool somebody_waits(call_priority before) const;
    pipelining_trial& pipelining() noexcept { return pipelining_; }
    // Answers came that can't be right: nothing is sent behind other calls any more.
    void stop_pipelining(std::string_view why);
    // Calls behind others got no answer: nothing is sent so for a while.
    void pause_pipelining() noexcept;
    // A call is made once more because of another one on its connection.
    void count_asked_again();
    // A call that waits elsewhere, for what others have, counts among those that wait here. Error: upstream_busy.
    class waiting_place {
    public:
        explicit waiting_place(std::shared_ptr<upstream_pool> pool) : pool_(std::move(pool)) {}
        ~waiting_place();
        waiting_place(waiting_place&&) noexcept = default;  // leaves none
        waiting_place& operator=(waiting_place&&) = delete;

    private:
        std::shared_ptr<upstream_pool> pool_;
    };
    result<waiting_place> wait_elsewhere();
    // Leave for a call that goes behind another one on its connection, and needs none of its own. Error:
    // upstream_unavailable.
    result<upstream_health::call> admit_behind();
    // Somebody waits now for the background call of this guard: where it queues, it goes on as a foreground one.
    void promote(const std::shared_ptr<call_guard>& guard);

private:
    friend class upstream_lease;
    class waiter;
    struct actions;
    using connection_ptr = std::unique_ptr<upstream_connection>;

    upstream_pool(std::shared_ptr<const config::upstream_settings> upstream, pool_environment environment,
                  std::shared_ptr<upstream_dialer> dialer);

    void take_back(connection_ptr connection, bool usable);
    static boost::asio::awaitable<void> dial(std::shared_ptr<upstream_pool> pool, std::shared_ptr<waiter> wanted_by);
    static boost::asio::awaitable<void> keep_sweeping(std::shared_ptr<upstream_pool> pool);

    // With mutex_ held. What must happen outside of it is put into `later`.
    connection_ptr take_kept(const connection_wish& wish, const void* reactor, steady_time now, actions& later);
    void place(connection_ptr connection, const std::shared_ptr<waiter>& first, actions& later);
    bool enqueue(const std::shared_ptr<waiter>& who, actions& later);
    void leave_queue(const std::shared_ptr<waiter>& who);
    void refuse(const std::shared_ptr<waiter>& who, error why, actions& later);
    void open(std::shared_ptr<waiter> wanted_by, actions& later);
    void open_for_waiters(actions& later);
    void open_for_warmth(steady_time now, actions& later);
    void sweep(steady_time now, actions& later);
    void count_aged(std::size_t count);
    // Without mutex_: asks the system about one idle connection after the other.
    void close_dead();
    std::size_t held() const noexcept { return idle_.size() + in_use_ + opening_; }
    std::size_t waiting() const noexcept { return foreground_.size() + background_.size() + elsewhere_; }
    std::size_t limit() const noexcept;
    std::size_t warm() const noexcept;
    bool due_for_renewal(const upstream_connection& connection, steady_time now) const noexcept;

    void carry_out(actions& later);

    const std::shared_ptr<const config::upstream_settings> upstream_;
    const pool_environment environment_;
    const std::shared_ptr<upstream_dialer> dialer_;
    const std::shared_ptr<upstream_health> health_;

    mutable std::mutex mutex_;
    std::vector<connection_ptr> idle_;  // most recently used last
    std::list<std::shared_ptr<waiter>> foreground_, background_;
    std::vector<std::shared_ptr<call_guard>> dials_;  // in progress, so that shutdown() can end them
    std::size_t in_use_ = 0;
    std::size_t opening_ = 0;
    std::size_t elsewhere_ = 0;   // waiting_place: how many
    std::size_t successors_ = 0;  // opened for warm ones that grow old, which still stand
    std::size_t next_executor_ = 0;
    bool stood_ = false;
    bool stopped_ = false;
    // After a failed dial warm ones are opened again only then; the pause doubles each time, up to a bound.
    steady_time warm_again_{};
    milliseconds warm_backoff_{0};
    pool_counts totals_;
    pipelining_trial pipelining_;
    std::shared_ptr<boost::asio::steady_timer> sweeper_;
};

}  // namespace nearside::proxy
