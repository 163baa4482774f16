// Asks a running nearside whether it is ready; what a container's health check runs. A process of its own; one
// thread, which it blocks.
#pragma once

#include <string>

namespace nearside::proxy {

// `url`: http://host[:port]/path or https; `ca_file` as in admin_client.h. 0 on a 200; otherwise 1, with the reason on
// standard error. Waits at most 5 seconds.
int ask_health(const std::string& url, const std::string& ca_file);

}  // namespace nearside::proxy
