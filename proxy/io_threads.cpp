#include "proxy/io_threads.h"

#include <algorithm>
#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace nearside::proxy {

namespace {

// Linux lets a thread that wakes take a busy core at once only where it asks for shorter turns than the one that has
// it, which are 3 ms or more otherwise: as long as a hit would wait for a worker, or for any other program. Since
// Linux 6.12; without effect before.
void ask_for_short_turns() noexcept {
    struct {
        std::uint32_t size, policy;
        std::uint64_t flags;
        std::int32_t nice;
        std::uint32_t priority;
        std::uint64_t runtime, deadline, period;  // nanoseconds
    } attributes{};
    static_assert(sizeof attributes == 48);  // SCHED_ATTR_SIZE_VER0 of <linux/sched/types.h>
    attributes.size = sizeof attributes;
    attributes.policy = SCHED_OTHER;
    attributes.nice = ::getpriority(PRIO_PROCESS, 0);
    attributes.runtime = 100'000;  // the least there is
    ::syscall(SYS_sched_setattr, 0, &attributes, 0);
}

}  // namespace

io_threads::io_threads(std::uint32_t count) {
    for (std::uint32_t at = 0; at < std::max(1u, count); ++at)
        threads_.push_back(std::make_unique<thread>());
}

io_threads::~io_threads() {
    for (const auto& each : threads_) {
        each->context.stop();
        if (each->runs.joinable()) each->runs.join();
    }
}

std::vector<boost::asio::io_context*> io_threads::contexts() const {
    std::vector<boost::asio::io_context*> all;
    for (const auto& each : threads_)
        all.push_back(&each->context);
    return all;
}

std::vector<boost::asio::any_io_executor> io_threads::executors() const {
    std::vector<boost::asio::any_io_executor> all;
    for (const auto& each : threads_)
        all.emplace_back(each->context.get_executor());
    return all;
}

void io_threads::run(const on_thrown& tell) {
    running_ = threads_.size();
    for (const auto& each : threads_) {
        each->runs = std::thread([this, context = &each->context, tell] {
            pthread_setname_np(pthread_self(), "io");
            ask_for_short_turns();
            run_context(*context, tell);
            const std::lock_guard lock(mutex_);
            --running_;
            ended_.notify_all();
        });
    }
}

void io_threads::let_go() {
    for (const auto& each : threads_)
        each->open.reset();
}

void io_threads::run_what_is_left() {
    for (bool found = true; found;) {
        found = false;
        for (const auto& each : threads_) {
            each->context.restart();
            if (each->context.poll() > 0) found = true;
        }
    }
}

bool io_threads::join_until(std::chrono::steady_clock::time_point deadline) {
    std::unique_lock lock(mutex_);
    const bool in_time = ended_.wait_until(lock, deadline, [this] { return running_ == 0; });
    lock.unlock();
    for (const auto& each : threads_) {
        if (!in_time) each->context.stop();
        if (each->runs.joinable()) each->runs.join();
    }
    return in_time;
}

}  // namespace nearside::proxy
