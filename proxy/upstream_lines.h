// Which connection each call of a plan run to one upstream goes on: one of its own, or, where the upstream is
// pipelined, behind another call of its group. No two runs share a connection while it is in use, hence no two
// principals. Nobody goes behind another call while anybody waits for a connection to this upstream: a line that has
// been answered then gives its connection back.
// Owned by the run's fetcher and by the places of its calls; on their executor alone.
#pragma once

#include "core/error.h"
#include "proxy/call_guard.h"
#include "proxy/upstream_line.h"
#include "proxy/upstream_pool.h"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

namespace nearside::proxy {

class upstream_lines : public std::enable_shared_from_this<upstream_lines> {
public:
    explicit upstream_lines(std::shared_ptr<upstream_pool> pool) : pool_(std::move(pool)) {}

    // What a call asks for. The caller may change `wish` and `shares` between attempts, and the priority also while the
    // call waits: promoted() has it looked at.
    struct order {
        connection_wish wish;
        // At most so many connections for calls of that group; 0: as many as the pool gives, all such calls being one
        // group.
        std::uint32_t parallel = 0;
        std::uint32_t group = 0;
        bool shares = true;  // it may go behind another call, and another one behind it
    };
    // A call on its way. Ends when it is destroyed.
    class place {
    public:
        place(std::shared_ptr<upstream_lines> of, std::uint32_t group, std::unique_ptr<upstream_line::seat> seat)
            : of_(std::move(of)), group_(group), seat_(std::move(seat)) {}
        ~place();
        place(const place&) = delete;
        place& operator=(const place&) = delete;

        upstream_line::seat& seat() const noexcept { return *seat_; }

    private:
        const std::shared_ptr<upstream_lines> of_;
        const std::uint32_t group_;
        std::unique_ptr<upstream_line::seat> seat_;
    };
    using place_ptr = std::unique_ptr<place>;

    // Errors: as upstream_pool::acquire().
    // While a call waits because `parallel` others of its group have begun, its time doesn't run.
    boost::asio::awaitable<result<place_ptr>> take(std::shared_ptr<const order> what,
                                                   std::shared_ptr<call_guard> guard);
    void promoted(const order& what);

private:
    using group_id = std::uint32_t;
    // A connection of a group's own, from before it is asked for until it is given back.
    class slot;
    // A call that has to wait for what others of its group have.
    class patient;
    struct group {
        bool may_connect(const order& what) const noexcept {
            return what.parallel == 0 || slots.size() < what.parallel;
        }
        // But for pipelining, a call wouldn't have begun yet: it waits for its like, not for a connection.
        bool has_begun_enough(const order& what) const noexcept {
            return what.parallel != 0 && slots.size() + patients.size() >= what.parallel;
        }

        std::vector<slot*> slots;
        std::vector<std::weak_ptr<upstream_line>> lines;
        std::list<patient*> patients;
    };
    // One of the three.
    struct grant {
        std::shared_ptr<slot> own{};
        place_ptr behind{};
        std::optional<error> refused{};
    };
    static group_id group_of(const order& what) noexcept { return what.parallel == 0 ? UINT32_MAX : what.group; }
    // Nobody as urgent waits before it.
    static bool goes_first(const group& among, call_priority priority);

    // Nothing: it has to wait.
    std::optional<grant> look(const std::shared_ptr<const order>& what, const std::shared_ptr<call_guard>& guard);
    boost::asio::awaitable<result<grant>> wait(std::shared_ptr<const order> what, std::shared_ptr<call_guard> guard);
    // `own`: null where the upstream isn't pipelined.
    boost::asio::awaitable<result<place_ptr>> connect(std::shared_ptr<const order> what, std::shared_ptr<slot> own,
                                                      std::shared_ptr<call_guard> guard);
    // Something of that group has ended or begun: who waits for it goes on.
    void settle(group_id which);
    // False: there is no more to be had for those who wait.
    bool settle(group& of, call_priority priority);

    const std::shared_ptr<upstream_pool> pool_;
    std::unordered_map<std::uint32_t, group> groups_;
};

}  // namespace nearside::proxy
