// How the calls of steps were answered, counted. Built by main; immutable but for the counting; any thread.
#pragma once

#include "core/metrics.h"

namespace nearside::proxy {

struct step_meters {
    explicit step_meters(metrics& registry);

    counter& fresh;      // from the store, nothing was asked
    counter& joined;     // by a call that another run had made
    counter& validated;  // the upstream said that the stored one is still good
    counter& fetched;
    counter& failed;
    gauge& waiting;  // for a call that another run makes, now
};

}  // namespace nearside::proxy
