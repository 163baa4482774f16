#include "proxy/generations.h"

#include <boost/asio/post.hpp>

#include <atomic>
#include <utility>

namespace nearside::proxy {

generations::generations(process& within, std::shared_ptr<generation> first)
    : process_(within), current_(std::move(first)), all_{current_} {
    for (std::size_t made = 0; made < process_.threads.contexts().size(); ++made)
        fronts_.push_back(std::make_unique<generation_front>(current_));
}

std::vector<request_handler*> generations::fronts() const {
    std::vector<request_handler*> all;
    for (const auto& each : fronts_)
        all.push_back(each.get());
    return all;
}

std::shared_ptr<generation> generations::current() const {
    const std::lock_guard lock(mutex_);
    return current_;
}

std::vector<std::shared_ptr<generation>> generations::alive() const {
    std::vector<std::shared_ptr<generation>> found;
    const std::lock_guard lock(mutex_);
    for (const auto& each : all_) {
        if (auto lives = each.lock()) found.push_back(std::move(lives));
    }
    return found;
}

std::uint64_t generations::runs() const {
    std::uint64_t all = 0;
    for (const auto& each : alive())
        all += each->runs();
    return all;
}

std::uint64_t generations::calls() const {
    std::uint64_t all = 0;
    for (const auto& each : alive())
        all += each->calls();
    return all;
}

std::size_t generations::count() const {
    return alive().size();
}

void generations::start() {
    const std::shared_ptr<generation> first = current();
    first->pools().start();
    first->start(nullptr);
    process_.streams.turn_to(first, first->settings()->streams);
}

result<std::shared_ptr<generation>> generations::make(const configuration& of) {
    auto made = generation::create(of, process_, current().get());
    if (!made) return made;
    const std::lock_guard lock(mutex_);
    std::erase_if(all_, [](const auto& each) { return each.expired(); });
    all_.push_back(*made);
    return made;
}

void generations::turn_to(const std::shared_ptr<generation>& next, std::function<void()> done) {
    std::shared_ptr<generation> before;
    {
        const std::lock_guard lock(mutex_);
        before = std::exchange(current_, next);
    }
    next->start(before.get());
    process_.streams.turn_to(next, next->settings()->streams);
    const auto contexts = process_.threads.contexts();
    const auto left = std::make_shared<std::atomic<std::size_t>>(contexts.size());
    const auto told = std::make_shared<std::function<void()>>(std::move(done));
    for (std::size_t at = 0; at < contexts.size(); ++at) {
        boost::asio::post(*contexts[at], [this, at, next, left, told] {
            fronts_[at]->turn_to(next);
            if (--*left == 0) boost::asio::post(process_.main_thread, [told] { (*told)(); });
        });
    }
    before->retire();
}

void generations::stop() {
    for (const auto& each : alive()) {
        each->pools().shutdown();
        each->retire();
    }
}

void generations::let_go() {
    fronts_.clear();
    {
        const std::lock_guard lock(mutex_);
        current_.reset();
    }
    process_.main_thread.restart();
    process_.main_thread.poll();
}

}  // namespace nearside::proxy
