#include "proxy/upstreams.h"

#include <algorithm>
#include <utility>

namespace nearside::proxy {

result<std::shared_ptr<upstreams>> upstreams::create(std::shared_ptr<const config::settings> settings,
                                                     const pool_environment& environment, const upstreams* before) {
    auto made = std::make_shared<upstreams>();
    for (const config::upstream_settings& each : settings->upstreams) {
        if (before != nullptr) {
            const auto known = before->tenancies_.find(each.name);
            if (known != before->tenancies_.end() && is_same(known->second->of->settings(), each)) {
                made->pools_.emplace(each.name, known->second->of);
                made->tenancies_.emplace(each.name, known->second);
                continue;
            }
        }
        auto pool = upstream_pool::create({settings, &each}, environment);
        if (!pool) return error{pool.error().code, "upstream " + each.name + ": " + pool.error().detail};
        made->tenancies_.emplace(each.name, std::make_shared<const tenancy>(*pool));
        made->pools_.emplace(each.name, *std::move(pool));
    }
    made->marks_ = std::make_shared<const upstream_marks>(marks_of(settings->upstreams));
    return made;
}

void upstreams::start() {
    for (const auto& [name, pool] : pools_)
        pool->start();
}

bool upstreams::ready() const {
    return std::all_of(pools_.begin(), pools_.end(), [](const auto& each) { return each.second->ready(); });
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
