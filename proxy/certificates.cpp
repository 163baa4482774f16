#include "proxy/certificates.h"

#include <utility>

namespace nearside::proxy {

namespace {

using loaded = result<std::shared_ptr<const tls_server>>;

loaded load_if_named(const std::optional<config::tls_files>& files) {
    if (!files) return std::shared_ptr<const tls_server>();
    return tls_server::load(*files, {"http/1.1"});
}

}  // namespace

result<certificates> load_certificates(const config::settings& settings) {
    loaded for_public = load_if_named(settings.server.tls);
    if (!for_public) return for_public.error();
    loaded for_admin = load_if_named(settings.admin.tls);
    if (!for_admin) return for_admin.error();
    return certificates{*std::move(for_public), *std::move(for_admin)};
}

}  // namespace nearside::proxy
