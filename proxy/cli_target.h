// Where the command line finds the running nearside, and what it shows itself with. One thread.
#pragma once

#include "core/error.h"
#include "proxy/admin_access.h"

#include <string>

namespace nearside::proxy {

struct target_options {
    std::string url;            // empty: of the configuration
    std::string configuration;  // file; empty: the defaults
    std::string token_env;      // empty: NEARSIDE_ADMIN_TOKEN, where the configuration has no token
    std::string ca_file;
};

struct admin_target {
    std::string url, token, ca_file;
};

// Reads the configuration's file and the environment. `role`: what the token has to be for. Fails with the complaints
// about the configuration.
result<admin_target> find_target(const target_options& options, admin_role role);

}  // namespace nearside::proxy
