// The admin listener: liveness and readiness for everybody; metrics, entries, invalidations, reload and drain for who
// has a token for it (docs/admin.md).
// Built and owned by main; outlives its server. Any io thread.
#pragma once

#include "core/log.h"
#include "proxy/admin_access.h"
#include "proxy/admin_actions.h"
#include "proxy/admin_call.h"
#include "proxy/admin_entries.h"
#include "proxy/exchange.h"
#include "proxy/invalidator.h"

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <string>

namespace nearside::proxy {

class admin_handler final : public request_handler {
public:
    struct parts {
        admin_access* access = nullptr;
        const admin_entries* entries = nullptr;
        std::function<std::string()> why_not_ready;  // empty text: ready
        std::function<std::string()> metrics;        // Prometheus text exposition
        std::function<boost::asio::awaitable<invalidation_outcome>(cache::invalidation_order)> invalidate;
        reload_action reload;
        drain_action drain;
        logger* log = nullptr;
        const clock* time = nullptr;
    };

    explicit admin_handler(parts made_of) : parts_(std::move(made_of)) {}

    bool try_handle(exchange& call) override;
    boost::asio::awaitable<void> handle(exchange& call) override;

private:
    // Who calls; empty: the call was refused, and answered.
    std::string welcome(exchange& call, const admin_call& asked) const;
    boost::asio::awaitable<void> invalidate(exchange& call, admin_call asked, std::string who) const;
    boost::asio::awaitable<void> list_entries(exchange& call) const;
    void tell_entry(exchange& call, const admin_call& asked) const;
    boost::asio::awaitable<void> reload(exchange& call, admin_call asked, std::string who) const;
    void drain(exchange& call, const admin_call& asked, const std::string& who) const;
    // One line of the log for each change.
    void note(exchange& call, const admin_call& asked, std::string_view who, std::string_view what,
              std::string_view outcome) const;

    const parts parts_;
};

}  // namespace nearside::proxy
