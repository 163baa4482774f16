#include "proxy/io_threads.h"

#include <algorithm>
#include <pthread.h>

namespace nearside::proxy {

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

void io_threads::run() {
    running_ = threads_.size();
    for (const auto& each : threads_) {
        each->runs = std::thread([this, context = &each->context] {
            pthread_setname_np(pthread_self(), "io");
            context->run();
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
