#include "proxy/process.h"

#include "core/heap.h"

#include <algorithm>
#include <string_view>
#include <thread>

namespace nearside::proxy {

namespace {

// Tags whose invalidation is remembered one by one; about 200 bytes each.
constexpr std::size_t most_epochs = 262'144;

std::uint32_t or_cores(std::uint32_t threads) noexcept {
    return threads != 0 ? threads : std::max(1u, std::thread::hardware_concurrency());
}

}  // namespace

process::process(const config::settings& settings, logger& log_to, const clock& with_time)
    : log(log_to),
      time(with_time),
      tell_thrown([&log_to](std::string_view what) { log_to.error("a handler threw", {{"what", what}}); }),
      of_steps(registry),
      io_thread_count(or_cores(settings.server.threads)),
      threads(io_thread_count),
      workers(or_cores(settings.server.workers), tell_thrown),
      store({.bytes = settings.cache.memory, .max_entry_bytes = settings.cache.max_entry},
            {.resident = resident_bytes, .return_free = return_free_memory}),
      epochs(most_epochs),
      steps({.store = &store, .epochs = &epochs, .time = &time, .workers = workers.executor(), .meters = &of_steps}),
      recipes(settings.cache.recipes),
      copies(store, workers.executor(), settings.cache.max_entry) {}

}  // namespace nearside::proxy
