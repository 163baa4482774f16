// What the log of invalidations does, counted. Built by main; any thread.
#pragma once

#include "core/metrics.h"

namespace nearside::cache {

struct invalidation_meters {
    explicit invalidation_meters(metrics& registry)
        : applied(registry.make_counter("nearside_invalidation_records_total",
                                        "Records of the log of invalidations that were applied here")),
          unconfirmed(registry.make_counter("nearside_invalidation_unconfirmed_total",
                                            "Invalidations that not every node confirmed in time")),
          reads(registry.make_counter("nearside_invalidation_catch_ups_total",
                                      "Times that the log was read after something may have been missed")),
          foundings(registry.make_counter("nearside_invalidation_logs_founded_total",
                                          "Times that this node found the log lost and founded another")),
          gaps(
              registry.make_counter("nearside_invalidation_gaps_total",
                                    "Times that what was missed couldn't be told, and all that was stored was struck")),
          in_step(registry.make_gauge("nearside_invalidation_in_step",
                                      "1 while this node knows all that the log holds, and the log all that it does")),
          waiting(registry.make_gauge("nearside_invalidation_waiting", "Invalidations that wait to be told to others")),
          seconds(registry.make_histogram("nearside_invalidation_seconds",
                                          "From the order until it held on every node that could be reached",
                                          {0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0})) {}

    counter& applied;
    counter& unconfirmed;
    counter& reads;
    counter& foundings;
    counter& gaps;
    gauge& in_step;
    gauge& waiting;
    histogram& seconds;
};

}  // namespace nearside::cache
