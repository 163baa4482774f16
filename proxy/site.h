// What a configuration serves: views and routes by path. Built at load; immutable; any thread.
#pragma once

#include "aggregators/plan.h"
#include "config/complain.h"
#include "config/settings.h"
#include "proxy/path_tree.h"
#include "proxy/view.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nearside::proxy {

class site {
public:
    struct route {
        std::string upstream;
    };
    struct place {
        std::shared_ptr<const view> of_view;  // null: a route
        const route* of_route = nullptr;
        std::vector<std::string> captures;  // of a view's path
    };

    // Null when there are complaints: what the planner finds in the views, and paths that say the same.
    static std::shared_ptr<const site> build(const config::settings& all, config::complaint_list& complaints);

    std::optional<place> find(std::string_view path) const;
    const std::vector<std::shared_ptr<const view>>& views() const noexcept { return views_; }
    std::shared_ptr<const view> find_view(std::string_view name) const;

private:
    path_tree tree_;  // values: views first, then routes
    std::vector<std::shared_ptr<const view>> views_;
    std::vector<route> routes_;
};

}  // namespace nearside::proxy
