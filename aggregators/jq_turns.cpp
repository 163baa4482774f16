#include "aggregators/jq_turns.h"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

namespace nearside::aggregators {

namespace asio = boost::asio;

asio::execution_context::id jq_turns::id;

jq_turns::jq_turns(asio::execution_context& of, std::size_t at_once)
    : service(of), at_once_(std::max<std::size_t>(1, at_once)) {}

jq_turns& jq_turns::of(const asio::any_io_executor& workers) {
    return asio::use_service<jq_turns>(workers.context());
}

void jq_turns::post(asio::any_io_executor workers, std::function<void()> job) {
    waiting next{std::move(workers), std::move(job)};
    {
        const std::lock_guard lock(mutex_);
        if (under_way_ == at_once_) {
            queue_.push_back(std::move(next));
            return;
        }
        ++under_way_;
    }
    begin(std::move(next));
}

void jq_turns::begin(waiting next) {
    asio::post(next.workers, [this, job = std::move(next.job)]() mutable {
        job();
        job = nullptr;  // what it holds goes before the next one begins
        ended();
    });
}

// The next one queues up behind whatever else the workers have to do.
void jq_turns::ended() {
    waiting next;
    {
        const std::lock_guard lock(mutex_);
        if (queue_.empty()) {
            --under_way_;
            return;
        }
        next = std::move(queue_.front());
        queue_.pop_front();
    }
    begin(std::move(next));
}

void jq_turns::shutdown() {
    std::deque<waiting> dropped;
    const std::lock_guard lock(mutex_);
    dropped.swap(queue_);
}

}  // namespace nearside::aggregators
