// One connection that calls of one plan run share (pipelining, RFC 9112 9.3.2): each request goes out behind the one
// before, without waiting for its answer, and answers are read in the same order. A call that leaves before its answer
// has been read whole ends the line: those behind it have to go another way, and the connection is closed.
// Owned by the seats of its calls; on their executor alone.
#pragma once

#include "core/error.h"
#include "proxy/call_guard.h"
#include "proxy/upstream_exchange.h"
#include "proxy/upstream_pool.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string_view>

namespace nearside::proxy {

class upstream_line {
public:
    // A call's place in the order. It leaves when it is destroyed; the line lives as long as any of its seats.
    class seat final : public interruptible {
    public:
        // Behind all others. `health`: this call's own leave.
        seat(std::shared_ptr<upstream_line> line, std::shared_ptr<call_guard> guard, upstream_health::call health);
        ~seat();
        seat(const seat&) = delete;
        seat& operator=(const seat&) = delete;

        // Nobody is before it: it has the connection.
        bool is_first() const noexcept { return line_->seats_.front() == this; }
        // The line has ended before it.
        bool is_lost() const noexcept { return lost_; }
        upstream_line& line() const noexcept { return *line_; }
        // Of the first.
        upstream_connection& connection() const noexcept { return *line_->lease_; }

        // The whole request is out, or fails to be: whoever is behind it may send. For the first.
        void has_sent() noexcept;
        // Sends behind the others' requests and returns when it is the first. Fails with closed_early where it is lost,
        // or why the guard ended the call.
        boost::asio::awaitable<result<void>> send_behind(std::string_view bytes);
        // Of the first: its answer was read, and left the connection like that.
        void leave(const upstream_exchange::ending& left);

    private:
        friend class upstream_line;
        void interrupt() noexcept override { timer_->cancel(); }
        boost::asio::awaitable<void> wait(bool (seat::*until)() const noexcept);
        bool may_send() const noexcept;
        error why_not() const;

        const std::shared_ptr<upstream_line> line_;
        const std::shared_ptr<call_guard> guard_;
        upstream_health::call health_;
        std::optional<boost::asio::steady_timer> timer_;  // expires never; cancelled when there is something to see
        bool sent_ = false;
        bool lost_ = false;
    };

    // `depth`: the most calls at a time.
    upstream_line(upstream_lease lease, std::uint32_t depth) : lease_(std::move(lease)), depth_(depth) {}

    std::size_t size() const noexcept { return seats_.size(); }
    bool has_room() const noexcept { return !ended_ && !seats_.empty() && seats_.size() < depth_; }
    const config::upstream_settings& settings() const noexcept { return lease_.settings(); }

private:
    void wake_all() noexcept;
    // Nobody comes any more, and those from there on are lost.
    void end(std::list<seat*>::iterator from) noexcept;

    upstream_lease lease_;
    const std::uint32_t depth_;
    std::list<seat*> seats_;
    bool ended_ = false;
};

}  // namespace nearside::proxy
