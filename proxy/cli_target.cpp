#include "proxy/cli_target.h"

#include "config/environment.h"
#include "config/load.h"

#include <algorithm>
#include <utility>

namespace nearside::proxy {

namespace {

constexpr const char* usual_url = "http://127.0.0.1:8081";
constexpr const char* usual_variable = "NEARSIDE_ADMIN_TOKEN";

bool may(const config::admin_token& token, admin_role role) noexcept {
    switch (role) {
        case admin_role::read:
            return token.reads;
        case admin_role::invalidate:
            return token.invalidates;
        case admin_role::operate:
            return token.operates;
    }
    return false;
}

// As somebody on this machine reaches it.
std::string url_of(const config::admin_settings& admin) {
    std::string host = admin.listen.host;
    if (host == "0.0.0.0") host = "127.0.0.1";
    if (host == "::") host = "::1";
    if (host.find(':') != std::string::npos) host = "[" + host + "]";
    return (admin.tls ? "https://" : "http://") + host + ":" + std::to_string(admin.listen.port);
}

}  // namespace

result<admin_target> find_target(const target_options& options, admin_role role) {
    const config::environment env = config::process_environment();
    admin_target found{options.url, {}, options.ca_file};
    if (!options.configuration.empty()) {
        const config::load_outcome loaded = config::load(options.configuration, env);
        if (!loaded.good()) return error{errc::bad_request, loaded.complaints.front().to_string()};
        const config::admin_settings& admin = loaded.value.admin;
        if (found.url.empty()) found.url = url_of(admin);
        const auto token = std::find_if(admin.tokens.begin(), admin.tokens.end(),
                                        [&](const config::admin_token& each) { return may(each, role); });
        if (token != admin.tokens.end()) found.token = token->token;
    }
    if (found.url.empty()) found.url = usual_url;
    if (found.token.empty() || !options.token_env.empty()) {
        found.token = env(options.token_env.empty() ? usual_variable : options.token_env).value_or("");
    }
    return found;
}

}  // namespace nearside::proxy
