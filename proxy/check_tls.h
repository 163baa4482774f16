// Whether the certificates, keys and authorities that a configuration names can be used: what `serve` would only find
// out when it loads them, `check` and a reload tell as well, each at the place where the file is named.
// Reads those files; any thread.
#pragma once

#include "config/complain.h"
#include "config/settings.h"

namespace nearside::proxy {

// Files that were complained about already are left alone.
void check_tls(const config::settings& all, config::complaint_list& complaints);

}  // namespace nearside::proxy
