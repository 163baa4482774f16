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
#include <string>
#include <utility>

namespace nearside::proxy {

class upstream_line : public std::enable_shared_from_this<upstream_line> {
public:
    // A call's place in the order. It leaves when it is destroyed; the line lives as long as any of its seats.
    class seat final : public interruptible {
    public:
        // Behind all others. `health`: this call's own leave, where it isn't the first. `is_trial`: whether the
        // upstream can be pipelined shows by it.
        seat(std::shared_ptr<upstream_line> line, std::shared_ptr<call_guard> guard, upstream_health::call health,
             bool is_trial);
        ~seat();
        seat(const seat&) = delete;
        seat& operator=(const seat&) = delete;

        // Nobody is before it: it has the connection.
        bool is_first() const noexcept { return line_->seats_.front() == this; }
        // The line has ended before it: the upstream hasn't been asked, or its answer can't be heard.
        bool is_lost() const noexcept { return lost_; }
        // What fails may have done so because of another call: it is not this one's fault.
        bool has_shared() const noexcept { return shared_; }
        // Its request was sent before the one before it was answered.
        bool was_behind() const noexcept { return was_behind_; }
        // Of the first.
        upstream_connection& connection() const noexcept { return *line_->lease_; }

        // Of the first: its request is out, and whoever is behind it may send.
        void has_sent();
        // Has its request sent behind the others', and returns when it is the first. Fails with closed_early where it
        // is lost, or why the guard ended the call.
        boost::asio::awaitable<result<void>> send_behind(std::shared_ptr<const std::string> request);
        // Of the first: its answer was read, and left the connection like that. False: there is an answer that nobody
        // has asked for.
        bool leave(const upstream_exchange::ending& left);

    private:
        friend class upstream_line;
        void interrupt() noexcept override;

        const std::shared_ptr<upstream_line> line_;
        const std::shared_ptr<call_guard> guard_;
        upstream_health::call health_;
        boost::asio::steady_timer turn_;              // expires never; cancelled when there is something to see
        std::shared_ptr<const std::string> request_;  // null: it isn't known yet, or the first one's own
        bool is_trial_;                               // and nothing has shown yet
        const bool was_behind_;
        bool sent_;  // or on its way
        bool shared_;
        bool lost_ = false;
    };

    // `depth`: the most calls at a time. `held`: let go of as soon as the line has no connection any more.
    upstream_line(upstream_lease lease, std::uint32_t depth, std::shared_ptr<const void> held)
        : held_(std::move(held)), lease_(std::move(lease)), depth_(depth) {}

    std::size_t size() const noexcept { return seats_.size(); }
    bool has_room() const noexcept { return !ended_ && !seats_.empty() && seats_.size() < depth_; }

private:
    static boost::asio::awaitable<void> send(std::shared_ptr<upstream_line> line,
                                             std::shared_ptr<const std::string> request);
    void send_next();
    void remove(std::list<seat*>::iterator of) noexcept;
    // The upstream has answered on this connection, and not the calls that it got behind that one: they went
    // unanswered.
    void tell_unanswered() noexcept;
    // Nobody comes any more, and those from there on are lost.
    void end(std::list<seat*>::iterator from) noexcept;

    std::shared_ptr<const void> held_;
    upstream_lease lease_;
    const std::uint32_t depth_;
    std::list<seat*> seats_;
    bool sending_ = true;  // the first one does so itself
    bool answered_ = false;
    bool ended_ = false;
};

}  // namespace nearside::proxy
