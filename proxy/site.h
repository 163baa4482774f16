// What a configuration serves: views and routes by path. Built at load; immutable; any thread.
#pragma once

#include "aggregators/plan.h"
#include "config/complain.h"
#include "config/settings.h"
#include "proxy/path_tree.h"
#include "proxy/route.h"
#include "proxy/view.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nearside::proxy {

class site {
public:
    struct place {
        std::shared_ptr<const view> of_view;  // one of the two is null
        std::shared_ptr<const route> of_route;
        std::vector<std::string> captures;  // of the path, decoded
    };

    // Null when there are complaints: what the planner finds in the views, tags that refer to nothing, and paths that
    // say the same.
    static std::shared_ptr<const site> build(const config::settings& all, config::complaint_list& complaints);

    std::optional<place> find(std::string_view path) const;
    const std::vector<std::shared_ptr<const view>>& views() const noexcept { return views_; }
    const std::vector<std::shared_ptr<const route>>& routes() const noexcept { return routes_; }
    std::shared_ptr<const view> find_view(std::string_view name) const;

private:
    path_tree tree_;  // values: views first, then routes
    std::vector<std::shared_ptr<const view>> views_;
    std::vector<std::shared_ptr<const route>> routes_;
};

}  // namespace nearside::proxy
