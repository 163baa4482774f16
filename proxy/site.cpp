#include "proxy/site.h"

#include "aggregators/planner.h"

#include <algorithm>
#include <utility>

namespace nearside::proxy {

std::shared_ptr<const site> site::build(const config::settings& all, config::complaint_list& complaints) {
    auto made = std::make_shared<site>();
    const std::size_t complaints_before = complaints.size();
    const auto insert = [&](const config::located<std::string>& path, std::size_t value) {
        if (made->tree_.insert(path.value, value)) return;
        // Two views, or two routes, of one path: the loader has told.
        const auto told = [&](const config::complaint& each) { return each.at == path.at; };
        if (std::any_of(complaints.begin(), complaints.end(), told)) return;
        complaints.push_back({path.at, "the path " + config::quote(path.value) + " is taken already",
                              "two views or routes can't serve the same path; change one of them"});
    };

    for (const config::view_settings& settings : all.views) {
        auto plan = aggregators::make_plan(settings, all, complaints);
        warm_plan warm = compile_warm(settings, all, complaints);
        if (!settings.faulty_path) insert(settings.path, made->views_.size());
        // Kept in step with the tree even without a plan: the site is not used then.
        made->views_.push_back(plan ? make_view(settings, all, std::move(plan), std::move(warm)) : nullptr);
    }
    for (const config::route_settings& settings : all.routes) {
        if (!settings.faulty_path) insert(settings.path, made->views_.size() + made->routes_.size());
        made->routes_.push_back(make_route(settings, all, complaints));
    }
    if (complaints.size() > complaints_before) return nullptr;
    return made;
}

std::optional<site::place> site::find(std::string_view path) const {
    std::optional<path_tree::match> found = tree_.find(path);
    if (!found) return std::nullopt;
    if (found->value < views_.size()) return place{views_[found->value], nullptr, std::move(found->captures)};
    return place{nullptr, routes_[found->value - views_.size()], std::move(found->captures)};
}

std::shared_ptr<const view> site::find_view(std::string_view name) const {
    for (const auto& each : views_) {
        if (each && each->name == name) return each;
    }
    return nullptr;
}

}  // namespace nearside::proxy
