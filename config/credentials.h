// Which forwarded request headers tell one user from another. Pure; any thread.
#pragma once

#include "config/settings.h"

#include <string_view>

namespace nearside::config {

// A forwarded header is taken for a credential unless it is known not to be one (Accept, Accept-Language, User-Agent,
// client hints, trace ids): names such as X-Api-Key, X-Session or X-Remote-User are everybody's own invention, and a
// wrong guess would show one user what belongs to another. `name` in any case.
bool is_credential_header(std::string_view name) noexcept;

// Views over such an upstream are for one user each: `scope: user` where they don't say, and `scope: public` refused.
bool forwards_credentials(const upstream_settings& upstream) noexcept;

// Null where a request header of this name may be forwarded; otherwise why not. `name` in lower case.
const char* why_never_forwarded(std::string_view name) noexcept;

}  // namespace nearside::config
