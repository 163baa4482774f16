#include "proxy/worker_pool.h"

#include "aggregators/jq_turns.h"

#include <algorithm>
#include <pthread.h>
#include <sys/resource.h>

namespace nearside::proxy {

namespace {

// An io thread gets three times a worker's share of a busy core. Much less would let any other program on the machine
// starve the workers, and somebody waits for them too.
constexpr int niceness = 5;

}  // namespace

worker_pool::worker_pool(std::uint32_t threads, const on_thrown& tell)
    : context_(std::in_place, static_cast<int>(std::max(1u, threads))), open_(boost::asio::make_work_guard(*context_)) {
    boost::asio::make_service<aggregators::jq_turns>(*context_, std::max(1u, threads / 2));
    for (std::uint32_t at = 0; at < std::max(1u, threads); ++at) {
        threads_.emplace_back([this, tell] {
            pthread_setname_np(pthread_self(), "worker");
            // On Linux the priority is a thread's; 0 is the calling one.
            setpriority(PRIO_PROCESS, 0, niceness);
            run_context(*context_, tell);
        });
    }
}

void worker_pool::stop() {
    if (!context_) return;
    open_.reset();
    context_->stop();
    for (std::thread& each : threads_) {
        if (each.joinable()) each.join();
    }
}

void worker_pool::drop_queued() {
    context_.reset();
}

}  // namespace nearside::proxy
