// Cross-origin requests by configuration (the Fetch standard's CORS protocol): preflights are answered here, and the
// answers of views carry what a browser needs to let a page read them. Pure; any thread.
#pragma once

#include "config/settings.h"
#include "core/http_message.h"

#include <optional>

namespace nearside::proxy {

// A preflight (OPTIONS with Access-Control-Request-Method) from an allowed origin; nullopt for any other request.
std::optional<response_head> answer_preflight(const request_head& request, const config::cors_settings& cors);

// Adds Access-Control-Allow-Origin and its kin for an allowed origin; Vary: Origin wherever the answer depends on it.
void add_cors_fields(const request_head& request, const config::cors_settings& cors, header_fields& into);

}  // namespace nearside::proxy
