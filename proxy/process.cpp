#include "proxy/process.h"

#include "core/heap.h"
#include "proxy/cluster.h"
#include "proxy/second_tier.h"

#include <algorithm>
#include <functional>
#include <random>
#include <string_view>
#include <thread>
#include <utility>

namespace nearside::proxy {

namespace {

// Tags whose invalidation is remembered one by one; about 200 bytes each.
constexpr std::size_t most_epochs = 262'144;
// Signatures of webhooks that are remembered, so that none is carried out twice; about 200 bytes each.
constexpr std::size_t most_webhooks_seen = 100'000;

// For one thread at a time.
std::function<std::uint64_t()> random_words() {
    std::random_device seed;
    const std::uint64_t low = seed();
    return
        [generator = std::mt19937_64(low | static_cast<std::uint64_t>(seed()) << 32)]() mutable { return generator(); };
}

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
      invalidations(store, epochs),
      webhooks_seen(most_webhooks_seen),
      second(settings.cache.redis
                 ? std::make_unique<second_tier>(
                       settings.cache, second_tier::parts{workers.executor(), store, epochs, gate, log, time, registry})
                 : nullptr),
      nodes(second ? std::make_unique<cluster>(
                         cluster::parts{second.get(), &invalidations, &epochs, &gate, log, time, registry})
                   : nullptr),
      steps({.store = &store,
             .second = second.get(),
             .epochs = &epochs,
             .time = &time,
             .workers = workers.executor(),
             .meters = &of_steps}),
      recipes(settings.cache.recipes, second.get()),
      copies(store, workers.executor(), settings.cache.max_entry),
      streams({.store = &store,
               .epochs = &epochs,
               .time = &time,
               .home = threads.executors().front(),
               .workers = workers.executor(),
               .random = random_words(),
               .registry = &registry},
              settings.streams) {
    if (nodes)
        nodes->tell_stored(
            [this](const std::string& key, const std::string& etag) { streams.published_elsewhere(key, etag); });
}

process::~process() = default;

}  // namespace nearside::proxy
