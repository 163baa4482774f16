#include "config/settings.h"

#include <algorithm>

namespace nearside::config {

const upstream_settings* settings::find_upstream(std::string_view name) const noexcept {
    const auto found = std::find_if(upstreams.begin(), upstreams.end(),
                                    [&](const upstream_settings& each) { return each.name == name; });
    return found == upstreams.end() ? nullptr : &*found;
}

const upstream_settings* settings::upstream_of(const view_settings& view, const step_settings& step) const noexcept {
    if (step.upstream) return find_upstream(step.upstream->value);
    if (view.upstream) return find_upstream(view.upstream->value);
    return upstreams.size() == 1 ? &upstreams.front() : nullptr;
}

}  // namespace nearside::config
