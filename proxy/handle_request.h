// The life of a request on the public listener, in one place: find what the path belongs to, understand the question,
// answer from memory, or wait for a refresh, or pass it through a route.
// Owned by its generation, which each exchange holds. Any io thread.
#pragma once

#include "config/settings.h"
#include "core/log.h"
#include "proxy/exchange.h"
#include "proxy/known_targets.h"
#include "proxy/openapi_handler.h"
#include "proxy/route_handler.h"
#include "proxy/site.h"
#include "proxy/view_handler.h"
#include "proxy/view_streams.h"
#include "proxy/webhook_handler.h"

#include <memory>

namespace nearside::proxy {

class handle_request final : public request_handler {
public:
    handle_request(std::shared_ptr<const config::settings> settings, std::shared_ptr<const site> places,
                   const openapi_handler& openapi, const webhook_handler& webhooks, view_handler& views,
                   view_streams& streams, route_handler& routes, logger& log, const clock& time);

    bool try_handle(exchange& call) override;
    boost::asio::awaitable<void> handle(exchange& call) override;
    // The same but for writing a stream that begins, which needs nothing of a generation.
    boost::asio::awaitable<std::optional<begun_stream>> handle_but_streams(exchange& call);
    void finished(exchange& call, const exchange_end& end) noexcept override;

private:
    // What a request is for, once its path was found: one of the three.
    struct understood {
        std::optional<view_question> of_view;
        std::shared_ptr<const route_target> of_route;
        bool of_streams = false;  // of many views
    };
    boost::asio::awaitable<std::optional<begun_stream>> handle_view(exchange& call, view_question question);
    // nullopt: it was answered here (preflight, not found, method, parameters).
    std::optional<understood> understand_request(exchange& call);
    // Without a value: it was answered here.
    std::optional<known_target> find_target(exchange& call);
    // GET or HEAD. False: another method, answered here.
    static bool is_read(exchange& call);

    const std::shared_ptr<const config::settings> settings_;
    const std::shared_ptr<const site> places_;
    const openapi_handler& openapi_;
    const webhook_handler& webhooks_;
    view_handler& views_;
    view_streams& streams_;
    route_handler& routes_;
    logger& log_;
    const clock& time_;
    known_targets targets_;
};

}  // namespace nearside::proxy
