// What lives as long as the process, whatever configuration it serves: threads, what is stored, what was invalidated,
// what is counted. Made as the first configuration says; changing these takes a restart (proxy/settings_kept.h).
// Owned by run_app; outlives every generation. Each part says which threads may use it.
#pragma once

#include "cache/memory_store.h"
#include "cache/tag_epochs.h"
#include "cache/tier_gate.h"
#include "config/settings.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/metrics.h"
#include "proxy/coded_copies.h"
#include "proxy/invalidator.h"
#include "proxy/io_threads.h"
#include "proxy/recipe_store.h"
#include "proxy/seen_once.h"
#include "proxy/shared_steps.h"
#include "proxy/step_meters.h"
#include "proxy/stream_hub.h"
#include "proxy/worker_pool.h"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <memory>

namespace nearside::proxy {

class cluster;
class second_tier;

// Built in the order of use, destroyed in the opposite one.
struct process {
    process(const config::settings& settings, logger& log_to, const clock& with_time);
    ~process();
    process(const process&) = delete;
    process& operator=(const process&) = delete;

    logger& log;
    const clock& time;
    const on_thrown tell_thrown;
    metrics registry;
    const step_meters of_steps;
    const std::uint32_t io_thread_count;
    io_threads threads;
    worker_pool workers;
    cache::memory_store store;
    cache::tag_epochs epochs;
    cache::tier_gate gate;
    invalidator invalidations;
    seen_once webhooks_seen;
    const std::unique_ptr<second_tier> second;  // null without `cache.redis`
    const std::unique_ptr<cluster> nodes;       // the same
    shared_steps steps;
    recipe_store recipes;
    coded_copies copies;
    stream_hub streams;
    boost::asio::io_context main_thread{1};  // signals, reloads, the end of generations
};

}  // namespace nearside::proxy
