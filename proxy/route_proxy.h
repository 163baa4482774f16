// A route without a cache: the client's request goes to the upstream as it is, the answer comes back as it is, both
// bodies piece by piece, so that no body is ever held.
// Built and owned by main; outlives every exchange; any io thread.
#pragma once

#include "core/log.h"
#include "proxy/exchange.h"
#include "proxy/retry.h"
#include "proxy/upstream_pool.h"

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <string>

namespace nearside::proxy {

class route_proxy {
public:
    // `name`: server.name. `log` outlives it; may be null.
    explicit route_proxy(std::string name, logger* log = nullptr) : name_(std::move(name)), log_(log) {}

    // Answers the exchange. An upstream that fails before its response's head makes a problem document (502, 503, 504);
    // one that fails later breaks the client's connection, so that the client sees an incomplete response. A client
    // that is gone ends the upstream call: unlike a view's refresh, it is of use to nobody else.
    boost::asio::awaitable<void> handle(exchange& call, std::shared_ptr<upstream_pool> upstream) const;

private:
    boost::asio::awaitable<result<void>> attempt(exchange& client, upstream_lease& lease,
                                                 std::shared_ptr<call_guard> guard, const std::string& head,
                                                 attempt_facts& facts) const;
    void report(exchange& call, const config::upstream_settings& upstream, const error& failure) const;

    const std::string name_;
    logger* const log_;
};

}  // namespace nearside::proxy
