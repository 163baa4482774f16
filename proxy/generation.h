// All that comes of one configuration: its site, its upstreams, and what makes and serves its views and routes. A
// request begins in the current generation and ends in it; so does every run, call and look that it causes. The last
// of them lets go of it, and it is destroyed on the main thread.
// Shared by its fronts (proxy/generation_front.h), its exchanges, and whatever runs detached of it (proxy/owner.h).
#pragma once

#include "core/error.h"
#include "proxy/configuration.h"
#include "proxy/handle_request.h"
#include "proxy/openapi_handler.h"
#include "proxy/owner.h"
#include "proxy/process.h"
#include "proxy/refresh_ahead.h"
#include "proxy/route_fetch.h"
#include "proxy/route_handler.h"
#include "proxy/route_meters.h"
#include "proxy/route_proxy.h"
#include "proxy/upstreams.h"
#include "proxy/view_handler.h"
#include "proxy/view_meters.h"
#include "proxy/view_refresh.h"
#include "proxy/view_schemas.h"
#include "proxy/view_speculation.h"
#include "proxy/view_streams.h"
#include "proxy/warm_views.h"

#include <cstdint>
#include <memory>

namespace nearside::proxy {

class generation final : public stream_keeper {
public:
    // `what` is without complaints. `before`: whose connections and learned schemas go on where they fit; may be null.
    // Fails where an upstream's TLS can't be set up. On the main thread.
    static result<std::shared_ptr<generation>> create(const configuration& what, process& within,
                                                      const generation* before);

    generation(const configuration& what, std::shared_ptr<upstreams> pools, process& within, const owner& self,
               const generation* before);
    generation(const generation&) = delete;
    generation& operator=(const generation&) = delete;

    const std::shared_ptr<const config::settings>& settings() const noexcept { return settings_; }
    const std::shared_ptr<const site>& places() const noexcept { return places_; }
    upstreams& pools() const noexcept { return *pools_; }
    handle_request& handler() noexcept { return handler_; }
    // What goes on whoever waits for it: runs of views' plans, and calls for routes.
    std::uint64_t runs() const noexcept { return refresh_.under_way(); }
    std::uint64_t calls() const noexcept { return fetch_.under_way(); }

    // Begins to renew views without requests, with those that `before` renews because they are used; may be null.
    void start(generation* before);
    // Renews nothing any more. What is under way goes on.
    void retire();

    std::optional<refresh_order> as_configured(const refresh_order& order) const override;
    void keep(const refresh_order& order) override { ahead_.subscribe(order); }
    void release(const std::string& key) override { ahead_.unsubscribe(key); }
    void hurry(const std::string& key) override { ahead_.hurry(key); }

private:
    refresh_environment refreshes(const owner& self);
    refresh_ahead::environment renewals(const owner& self);
    warm_environment warming(const owner& self);
    view_streams::environment streaming(const owner& self);
    route_environment fetches(const owner& self);
    route_handler_environment answers();

    process& process_;
    const std::shared_ptr<const config::settings> settings_;
    const std::shared_ptr<const site> places_;
    const std::shared_ptr<upstreams> pools_;
    // In the order of use.
    const view_meters of_views_;
    const route_meters of_routes_;
    view_speculation speculating_;
    view_schemas schemas_;
    view_refresh refresh_;
    refresh_ahead ahead_;
    warm_views warm_;
    view_handler views_;
    view_streams streams_;
    const route_proxy pass_;
    route_fetch fetch_;
    route_handler routes_;
    const openapi_handler openapi_;
    const webhook_handler webhooks_;
    handle_request handler_;
};

}  // namespace nearside::proxy
