// One connection to a server of Redis, kept: dialled again whenever it ends, commands pipelined. While it can't be had,
// commands fail at once; while it is being made for the first time, or again after it had lasted, they wait their time.
// Shared by its client and its own operations; everything on `home`, which is one thread's executor.
#pragma once

#include "cache/redis_backoff.h"
#include "cache/redis_dialer.h"
#include "cache/redis_health.h"
#include "cache/redis_pipeline.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <random>

namespace nearside::cache {

// Where to go now; asked before each dial.
using redis_locate = std::function<boost::asio::awaitable<result<redis_endpoint>>()>;

class redis_link : public std::enable_shared_from_this<redis_link> {
public:
    enum class state {
        connecting,  // commands wait
        up,
        down,  // the last try failed, or takes long: commands fail at once
        stopped,
    };
    // A dial may take its `connect_timeout`, or a look-up of names even longer; commands wait for no more than this of
    // it.
    static constexpr milliseconds longest_hope{250};

    struct parts {
        boost::asio::any_io_executor home;
        std::shared_ptr<const redis_dialer> dialer;
        redis_locate locate;
        redis_dialer::peer who = redis_dialer::peer::server;
        milliseconds patience{0};         // of redis_health
        std::function<void()> on_change;  // state, or good(), is another
    };

    static std::shared_ptr<redis_link> start(parts given);
    explicit redis_link(parts given);

    // `done` is called once, at the deadline at the latest, never from within this call.
    void submit(std::shared_ptr<const redis_command> command, bool asking, steady_time deadline, redis_done done);
    // Whoever is at the other end is not who is wanted any more.
    void reconnect(std::string why);
    void stop();

    state now_in() const noexcept { return state_; }
    // Up, and answering in time.
    bool good() const noexcept { return state_ == state::up && health_.good(); }
    std::size_t under_way() const noexcept { return pipeline_.size(); }
    // Why it isn't good, or went down last; nothing before a dial has ended.
    std::optional<error> failure() const;

private:
    static boost::asio::awaitable<void> run(std::shared_ptr<redis_link> self);
    boost::asio::awaitable<result<void>> open();
    boost::asio::awaitable<error> read_all(std::shared_ptr<redis_connection> from);
    boost::asio::awaitable<void> pause();

    void hope();
    void give_up();
    error why_down() const;
    void enter(state next);
    void tell_of_change();
    void fail(std::vector<redis_done> dropped, const error& why);
    void fail_later(redis_done done, error why);
    void flush_later();
    void flush();
    void tick();
    void arm();
    void probe(steady_time now);

    const parts parts_;
    state state_ = state::connecting;
    bool told_good_ = false;
    redis_pipeline pipeline_;
    redis_health health_;
    redis_backoff backoff_;
    std::shared_ptr<redis_connection> connection_;
    std::optional<error> last_failure_;
    std::string ended_because_;  // by ourselves
    steady_time hopeless_at_{};  // while connecting
    bool writing_ = false;
    bool flush_posted_ = false;
    bool probe_expired_ = false;
    boost::asio::steady_timer deadline_timer_;
    std::optional<steady_time> armed_;
    boost::asio::steady_timer retry_timer_;
    std::minstd_rand random_{std::random_device{}()};
};

}  // namespace nearside::cache
