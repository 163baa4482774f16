// What is counted a view. Built by main from the site; immutable but for the counting; any thread.
#pragma once

#include "core/metrics.h"
#include "proxy/site.h"

#include <unordered_map>

namespace nearside::proxy {

class view_meters {
public:
    struct of_view {
        // Requests, by how they were answered.
        counter& fresh;
        counter& stale;
        counter& made;       // after a run of their own
        counter& collapsed;  // after another's run
        counter& stale_if_error;
        counter& failed;
        counter& progressive;  // of all these: begun before the view was whole
        // Runs of the plan.
        counter& runs_changed;
        counter& runs_unchanged;
        counter& runs_failed;
        // Runs behind a published view, to prove it: what came of it was published, or was the same.
        counter& repairs_changed;
        counter& repairs_unchanged;
        counter& repairs_failed;
        // Calls (aggregators/speculative_fetcher.h).
        counter& speculation_hit;
        counter& speculation_waste;
        counter& speculation_second_wave;
        counter& ignored_tags;  // over a limit
        histogram& run_seconds;
    };

    view_meters(metrics& registry, const site& places);

    // `which` is one of the site's views.
    const of_view& of(const view& which) const { return meters_.at(&which); }

private:
    std::unordered_map<const view*, of_view> meters_;
};

}  // namespace nearside::proxy
