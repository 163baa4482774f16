// Invalidations that upstream services send to the public listener: signed, each carried out once.
// Owned by its generation, which each exchange holds. Any io thread.
#pragma once

#include "config/settings.h"
#include "core/clock.h"
#include "core/log.h"
#include "proxy/exchange.h"

#include <boost/asio/awaitable.hpp>

#include <string_view>
#include <vector>

namespace nearside::proxy {

class cluster;
class invalidator;
class seen_once;

class webhook_handler {
public:
    struct parts {
        invalidator* invalidations = nullptr;
        seen_once* seen = nullptr;  // outlives a reload, so that it lets nothing in twice
        cluster* nodes = nullptr;   // null: this node is alone
        const clock* time = nullptr;
        logger* log = nullptr;
    };

    webhook_handler(std::vector<config::webhook_settings> settings, parts with)
        : settings_(std::move(settings)), parts_(with) {}

    // POST at one of the paths.
    bool serves(const request_head& request) const noexcept {
        return !settings_.empty() && request.method == "POST" && find(request.path()) != nullptr;
    }
    boost::asio::awaitable<void> answer(exchange& call) const;

private:
    const config::webhook_settings* find(std::string_view path) const noexcept;
    boost::asio::awaitable<bool> is_first(std::string name, milliseconds remembered) const;

    const std::vector<config::webhook_settings> settings_;
    const parts parts_;
};

}  // namespace nearside::proxy
