#include "proxy/view.h"

#include "config/credentials.h"
#include "proxy/marks.h"
#include "proxy/view_request.h"

#include <algorithm>
#include <set>

namespace nearside::proxy {

std::shared_ptr<const view> make_view(const config::view_settings& settings, const config::settings& all,
                                      std::shared_ptr<const aggregators::plan> plan, warm_plan warm) {
    auto made = std::make_shared<view>();
    made->name = settings.name;
    made->path_parameters = path_parameters(settings.path.value);
    made->query = settings.query;
    made->headers = settings.headers;
    made->claims = settings.claims;
    made->windows = {settings.windows.fresh, settings.windows.stale, settings.windows.stale_if_error};

    std::set<std::string> upstreams, forwarded;
    bool credentials = false;
    for (const aggregators::plan_step& step : plan->steps) {
        if (!upstreams.insert(step.upstream).second) continue;
        const config::upstream_settings* const upstream = all.find_upstream(step.upstream);
        if (upstream == nullptr) continue;
        forwarded.insert(upstream->forward.begin(), upstream->forward.end());
        credentials |= config::forwards_credentials(*upstream);
    }
    made->upstreams.assign(upstreams.begin(), upstreams.end());
    made->mark = mark_of(settings, made->upstreams, all);
    made->forwarded.assign(forwarded.begin(), forwarded.end());
    for (const auto& header : settings.headers)
        forwarded.insert(header.source);
    if (!settings.claims.empty()) forwarded.insert("authorization");
    made->varies.assign(forwarded.begin(), forwarded.end());
    made->for_everybody = settings.scope ? *settings.scope == config::view_scope::everyone : !credentials;
    made->strict = settings.strict;
    made->renewed_while_used_within = settings.renewed_while_used_within;
    made->plan = std::move(plan);
    made->item_id = settings.item_id;
    made->warm = std::move(warm);
    return made;
}

}  // namespace nearside::proxy
