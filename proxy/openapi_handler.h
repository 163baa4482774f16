// GET /openapi.json on the public listener: what the views take and give. A view or route of exactly that path stands
// before it, `server.openapi: false` turns it off.
// Owned by its generation, which each exchange holds. Any io thread.
#pragma once

#include "proxy/exchange.h"
#include "proxy/view_schemas.h"

#include <string_view>

namespace nearside::proxy {

class openapi_handler {
public:
    static constexpr std::string_view path = "/openapi.json";

    openapi_handler(const config::settings& settings, const view_schemas& schemas, const clock& time);

    bool serves(std::string_view asked) const noexcept { return on_ && asked == path; }
    void answer(exchange& call) const;

private:
    bool on_;
    const view_schemas& schemas_;
    const clock& time_;
};

}  // namespace nearside::proxy
