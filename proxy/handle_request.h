// The life of a request on the public listener, in one place: find what the path belongs to, understand the question,
// answer from memory, or wait for a refresh, or pass it through a route.
// Built and owned by main; outlives the server. Any io thread.
#pragma once

#include "config/settings.h"
#include "core/log.h"
#include "proxy/exchange.h"
#include "proxy/known_targets.h"
#include "proxy/route_proxy.h"
#include "proxy/site.h"
#include "proxy/upstreams.h"
#include "proxy/view_handler.h"

#include <memory>

namespace nearside::proxy {

class handle_request final : public request_handler {
public:
    handle_request(std::shared_ptr<const config::settings> settings, std::shared_ptr<const site> places,
                   std::shared_ptr<const upstreams> pools, view_handler& views, route_proxy& routes, logger& log,
                   const clock& time);

    bool try_handle(exchange& call) override;
    boost::asio::awaitable<void> handle(exchange& call) override;
    void finished(exchange& call, const exchange_end& end) noexcept override;

private:
    // What a request is for, once its path was found.
    struct understood {
        std::optional<view_question> question;    // of a view
        std::shared_ptr<upstream_pool> upstream;  // of a route
    };
    // nullopt: it was answered here (preflight, not found, method, parameters).
    std::optional<understood> understand_request(exchange& call);
    std::optional<understood> understand_view(exchange& call, std::shared_ptr<const view_target> target);
    void refuse_method(exchange& call) const;

    const std::shared_ptr<const config::settings> settings_;
    const std::shared_ptr<const site> places_;
    const std::shared_ptr<const upstreams> pools_;
    view_handler& views_;
    route_proxy& routes_;
    logger& log_;
    const clock& time_;
    known_targets targets_;
};

}  // namespace nearside::proxy
