#include "proxy/upstreams.h"

namespace nearside::proxy {

result<std::shared_ptr<upstreams>> upstreams::create(std::shared_ptr<const config::settings> settings,
                                                     const pool_environment& environment) {
    auto made = std::make_shared<upstreams>();
    for (const config::upstream_settings& each : settings->upstreams) {
        auto pool = upstream_pool::create({settings, &each}, environment);
        if (!pool) return error{pool.error().code, "upstream " + each.name + ": " + pool.error().detail};
        made->pools_.emplace(each.name, std::move(*pool));
    }
    return made;
}

void upstreams::start() {
    for (const auto& [name, pool] : pools_)
        pool->start();
}

void upstreams::shutdown() {
    for (const auto& [name, pool] : pools_)
        pool->shutdown();
}

std::shared_ptr<upstream_pool> upstreams::find(std::string_view name) const {
    const auto found = pools_.find(name);
    return found == pools_.end() ? nullptr : found->second;
}

}  // namespace nearside::proxy
