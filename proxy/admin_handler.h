// The admin listener: liveness, readiness, metrics. Everything but health wants the bearer token.
// Built and owned by main; outlives its server. Any io thread.
#pragma once

#include "proxy/exchange.h"

#include <functional>
#include <string>

namespace nearside::proxy {

class admin_handler final : public request_handler {
public:
    struct parts {
        std::string token;                           // empty: only health is answered
        std::function<std::string()> why_not_ready;  // empty text: ready
        std::function<std::string()> metrics;        // Prometheus text exposition
    };

    explicit admin_handler(parts made_of) : parts_(std::move(made_of)) {}

    bool try_handle(exchange& call) override;
    boost::asio::awaitable<void> handle(exchange& call) override;

private:
    bool is_authorized(const request_head& request) const;
    const parts parts_;
};

}  // namespace nearside::proxy
