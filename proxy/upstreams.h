// All upstreams of a configuration, by name. A pool whose upstream is set up the same in the configuration before is
// that one's, with its connections and what it knows of the upstream's health; it ends with the last who have it.
// Shared by a generation and its calls; immutable afterwards, so any thread may look up.
#pragma once

#include "config/settings.h"
#include "core/error.h"
#include "proxy/marks.h"
#include "proxy/upstream_pool.h"

#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace nearside::proxy {

class upstreams {
public:
    // Fails where an upstream's TLS cannot be set up; the detail names it. `before` may be null.
    static result<std::shared_ptr<upstreams>> create(std::shared_ptr<const config::settings> settings,
                                                     const pool_environment& environment,
                                                     const upstreams* before = nullptr);

    // Opens the warm connections.
    void start();
    // All warm connections have stood.
    bool ready() const;
    void shutdown();

    // Null when there is none of that name.
    std::shared_ptr<upstream_pool> find(std::string_view name) const;
    const std::map<std::string, std::shared_ptr<upstream_pool>, std::less<>>& all() const noexcept { return pools_; }
    const std::shared_ptr<const upstream_marks>& marks() const noexcept { return marks_; }

private:
    // Held by each `upstreams` that has the pool: its calls hold the pool itself, and may go on.
    struct tenancy {
        explicit tenancy(std::shared_ptr<upstream_pool> pool) : of(std::move(pool)) {}
        ~tenancy() { of->shutdown(); }
        tenancy(const tenancy&) = delete;
        tenancy& operator=(const tenancy&) = delete;

        const std::shared_ptr<upstream_pool> of;
    };

    std::map<std::string, std::shared_ptr<upstream_pool>, std::less<>> pools_;
    std::map<std::string, std::shared_ptr<const tenancy>, std::less<>> tenancies_;
    std::shared_ptr<const upstream_marks> marks_;
};

}  // namespace nearside::proxy
