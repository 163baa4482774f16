// A route without a cache: the client's request goes to the upstream as it is, the answer comes back as it is, both
// bodies piece by piece, so that no body is ever held.
// Owned by its generation, which each exchange and call holds; any io thread.
#pragma once

#include "core/log.h"
#include "proxy/exchange.h"
#include "proxy/route_call.h"
#include "proxy/upstream_pool.h"

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace nearside::proxy {

// Sees what passes through. Called on the exchange's thread.
class passage_observer {
public:
    virtual void on_request_body(std::string_view bytes) = 0;
    // The upstream's final head, before the client gets it.
    virtual void on_answer(const response_head& head) = 0;
    // Nothing of the answer is given to the client yet: what its body says comes first.
    virtual bool needs_body() const noexcept = 0;
    virtual void on_response_body(std::string_view bytes) = 0;
    // The answer is complete; its end is not yet with the client. May come twice.
    virtual void on_complete() = 0;
    // Instead of an answer: none will come, though the upstream may have got the request. What it made of it is
    // unknown.
    virtual void on_lost() = 0;
    // Awaited after each of the others but the first: what was found out takes effect before anything goes on.
    virtual boost::asio::awaitable<void> settle() = 0;

protected:
    ~passage_observer() = default;
};

class route_proxy {
public:
    // `name`: server.name. `log` outlives it; may be null.
    explicit route_proxy(std::string name, logger* log = nullptr) : name_(std::move(name)), log_(log) {}

    // Answers the exchange. An upstream that fails before its response's head makes a problem document (502, 503, 504);
    // one that fails later breaks the client's connection, so that the client sees an incomplete response. A client
    // that is gone ends the upstream call: unlike a view's refresh, it is of use to nobody else.
    // `forwarded_because`: the `fwd` of Cache-Status (RFC 9211 2.2). `observer` may be null; it outlives the call.
    boost::asio::awaitable<void> handle(exchange& call, std::shared_ptr<upstream_pool> upstream,
                                        std::string_view forwarded_because, passage_observer* observer) const;

    // An interim head (1xx) on its way to the client (RFC 9110 15.2).
    boost::asio::awaitable<result<void>> hand_on_interim(exchange& call, response_head head) const;

    // The answer whose final head has come: the head, and the rest of `from` at the client's pace. Where the upstream
    // breaks it off before the client has anything, that is reported like any failure.
    boost::asio::awaitable<void> hand_on(exchange& call, route_call& from, response_head head,
                                         passage_observer* observer) const;

    // The upstream failed before it answered.
    void report(exchange& call, const config::upstream_settings& upstream, const error& failure) const;
    // The upstream broke off in the midst of its answer.
    void log_broken(std::string_view target, const config::upstream_settings& upstream, const error& failure) const;

private:
    // What has come of the body when the observer needs no more of it.
    boost::asio::awaitable<result<std::string>> read_for(passage_observer& observer, route_call& from) const;
    void answer_here(exchange& call) const;

    const std::string name_;
    logger* const log_;
};

}  // namespace nearside::proxy
