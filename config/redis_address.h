// Where Redis is, as a URL:
//   redis://[user:password@]host[:port][/database]      rediss:// with TLS
//   unix://[user:password@]/path/to/socket[?db=number]
//   redis+sentinel://[user:password@]host[:port],host[:port]/primary[/database]   rediss+sentinel://
//   redis+cluster://[user:password@]host[:port],host[:port]                       rediss+cluster://
// User and password are percent-encoded. Pure; any thread.
#pragma once

#include "config/reading.h"
#include "config/redis_settings.h"

#include <string_view>

namespace nearside::config {

// What a complaint says never quotes the URL: it may hold a password.
reading<redis_settings> parse_redis_url(std::string_view text);

}  // namespace nearside::config
