// The certificates of the two listeners, read from the files that a configuration names; again with each reload, so
// that renewed ones are taken up. Values; shared by the connections that were made with them.
#pragma once

#include "config/settings.h"
#include "core/error.h"
#include "proxy/tls_server.h"

#include <memory>

namespace nearside::proxy {

struct certificates {
    std::shared_ptr<const tls_server> for_public, for_admin;  // null: without TLS
};

// Fails with tls_failed; the detail names the file.
result<certificates> load_certificates(const config::settings& settings);

}  // namespace nearside::proxy
