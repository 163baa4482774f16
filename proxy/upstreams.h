// All upstreams of a configuration, by name. Built and owned by main; immutable afterwards, so any thread may look up.
#pragma once

#include "config/settings.h"
#include "core/error.h"
#include "proxy/upstream_pool.h"

#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace nearside::proxy {

class upstreams {
public:
    // Fails where an upstream's TLS cannot be set up; the detail names it.
    static result<std::shared_ptr<upstreams>> create(std::shared_ptr<const config::settings> settings,
                                                     const pool_environment& environment);

    // Opens the warm connections.
    void start();
    void shutdown();

    // Null when there is none of that name.
    std::shared_ptr<upstream_pool> find(std::string_view name) const;
    const std::map<std::string, std::shared_ptr<upstream_pool>, std::less<>>& all() const noexcept { return pools_; }

private:
    std::map<std::string, std::shared_ptr<upstream_pool>, std::less<>> pools_;
};

}  // namespace nearside::proxy
