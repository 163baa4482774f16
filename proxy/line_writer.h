// Writes the parts of a view to one client as they are told, at the client's pace; the response begins with the first.
// Belongs to the coroutine that answers the request; its thread.
#pragma once

#include "core/body.h"
#include "core/error.h"
#include "proxy/exchange.h"
#include "proxy/view_meters.h"
#include "proxy/view_refresh.h"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace nearside::proxy {

class line_writer final : public part_taker {
public:
    // `head`: of the response, should one begin.
    line_writer(exchange& call, response_head head, std::size_t parts, counter& begun)
        : call_(call), head_(std::move(head)), told_(parts), begun_(begun) {}

    boost::asio::awaitable<bool> take(std::shared_ptr<const aggregators::view_progress> of,
                                      aggregators::view_progress::part told) override;
    // The same of what is known to be the final one.
    boost::asio::awaitable<bool> take_final(std::uint32_t part, body line);
    boost::asio::awaitable<void> end(std::string last_line, header_fields trailers);

    bool begun() const noexcept { return begun_yet_; }
    // Nothing more is to be written: the client is gone, or wanted the head alone.
    bool done() const noexcept { return done_; }
    // Each part was told by this run.
    bool has_all_of(const aggregators::view_progress& run) const noexcept;

private:
    struct told_part {
        body line;
        std::shared_ptr<const aggregators::view_progress> by;
    };

    boost::asio::awaitable<bool> begin();
    boost::asio::awaitable<bool> write(body line);

    exchange& call_;
    response_head head_;
    std::vector<told_part> told_;
    counter& begun_;
    bool begun_yet_ = false;
    bool done_ = false;
};

}  // namespace nearside::proxy
