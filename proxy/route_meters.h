// What is counted a route. Built by main from the site; immutable but for the counting; any thread.
#pragma once

#include "cache/storable.h"
#include "core/metrics.h"
#include "proxy/route.h"
#include "proxy/site.h"

#include <unordered_map>
#include <vector>

namespace nearside::proxy {

class route_meters {
public:
    struct of_route {
        // Requests, by how they were answered.
        counter& fresh;
        counter& stale;
        counter& stale_if_error;
        counter& fetched;    // by a call of their own, validations included
        counter& collapsed;  // by another's call
        counter& failed;
        counter& passed;  // past the cache: unsafe methods and `bypass`
        // Calls to the upstream that validated what was stored.
        counter& validated;
        // Tags over a limit (proxy/route_tags), of stored answers and of writes.
        counter& ignored_tags;
    };

    route_meters(metrics& registry, const site& places);

    // `which` is one of the site's routes.
    const of_route& of(const route& which) const { return meters_.at(&which); }
    // An answer that was not stored, and why.
    void not_stored(cache::refusal why) const;

private:
    std::unordered_map<const route*, of_route> meters_;
    std::vector<counter*> refusals_;  // by cache::refusal
};

}  // namespace nearside::proxy
