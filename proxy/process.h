// What lives as long as the process, whatever configuration it serves: threads, what is stored, what was invalidated,
// what is counted. Made as the first configuration says; changing these takes a restart (proxy/settings_kept.h).
// Owned by run_app; outlives every generation. Each part says which threads may use it.
#pragma once

#include "cache/memory_store.h"
#include "cache/tag_epochs.h"
#include "config/settings.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/metrics.h"
#include "proxy/coded_copies.h"
#include "proxy/io_threads.h"
#include "proxy/recipe_store.h"
#include "proxy/shared_steps.h"
#include "proxy/step_meters.h"
#include "proxy/worker_pool.h"

#include <boost/asio/io_context.hpp>

#include <cstdint>

namespace nearside::proxy {

// Built in the order of use, destroyed in the opposite one.
struct process {
    process(const config::settings& settings, logger& log_to, const clock& with_time);
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
    shared_steps steps;
    recipe_store recipes;
    coded_copies copies;
    boost::asio::io_context main_thread{1};  // signals, reloads, the end of generations
};

}  // namespace nearside::proxy
