// Which connection each call of a plan run to one upstream goes on: one of its own, or, where the upstream is
// pipelined, behind another call of the run. No two runs share a connection while it is in use, hence no two
// principals. Owned by the run's fetcher and by the places of its calls; on their executor alone.
#pragma once

#include "core/error.h"
#include "proxy/call_guard.h"
#include "proxy/upstream_line.h"
#include "proxy/upstream_pool.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <list>
#include <memory>
#include <utility>
#include <vector>

namespace nearside::proxy {

class upstream_lines : public std::enable_shared_from_this<upstream_lines> {
public:
    explicit upstream_lines(std::shared_ptr<upstream_pool> pool) : pool_(std::move(pool)) {}

    // A call that is on its way. Ends when it is destroyed.
    class place {
    public:
        explicit place(std::shared_ptr<upstream_lines> of) : of_(std::move(of)) { ++of_->under_way_; }
        ~place();
        place(const place&) = delete;
        place& operator=(const place&) = delete;

        upstream_line::seat& seat() const noexcept { return *seat_; }

    private:
        friend class upstream_lines;
        const std::shared_ptr<upstream_lines> of_;
        std::unique_ptr<upstream_line::seat> seat_;
    };
    using place_ptr = std::unique_ptr<place>;

    enum class way {
        alone,   // on a connection of its own, which nobody goes behind
        any,     // behind another call where the pool has no connection to give at once
        behind,  // behind another call, as soon as there is one that it can go behind
    };
    // Errors: as upstream_pool::acquire().
    boost::asio::awaitable<result<place_ptr>> take(way how, connection_wish wish, std::shared_ptr<call_guard> guard);

private:
    class patient;

    std::shared_ptr<upstream_line> line_with_room();
    // The next one who waits looks again. `may_go`: also on a connection of its own.
    void call_next(bool may_go);

    const std::shared_ptr<upstream_pool> pool_;
    std::vector<std::weak_ptr<upstream_line>> lines_;
    std::list<patient*> patients_;
    std::size_t under_way_ = 0;
};

}  // namespace nearside::proxy
