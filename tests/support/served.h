// A proxy::server on a free port of the loopback, on one thread of its own, with a handler made of functions.
// The test owns it; its end stops the server and joins the thread.
#pragma once

#include "core/clock.h"
#include "proxy/server.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <functional>
#include <future>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace nearside::testing {

// Answers by path. `quick` ones are asked in try_handle().
class functions_handler final : public proxy::request_handler {
public:
    using quick = std::function<void(proxy::exchange&)>;
    using slow = std::function<boost::asio::awaitable<void>(proxy::exchange&)>;

    std::map<std::string, quick, std::less<>> quick_ones;
    std::map<std::string, slow, std::less<>> slow_ones;

    bool try_handle(proxy::exchange& call) override {
        const auto found = quick_ones.find(call.head().path());
        if (found == quick_ones.end()) return false;
        found->second(call);
        return true;
    }
    boost::asio::awaitable<void> handle(proxy::exchange& call) override {
        const auto found = slow_ones.find(call.head().path());
        if (found == slow_ones.end()) {
            call.respond_error({errc::not_found, "no such path"});
            co_return;
        }
        co_await found->second(call);
    }
    void finished(proxy::exchange&, const proxy::exchange_end& end) noexcept override {
        const std::lock_guard lock(mutex_);
        ends_.push_back(end);
    }
    std::vector<proxy::exchange_end> ends() {
        const std::lock_guard lock(mutex_);
        return ends_;
    }

private:
    std::mutex mutex_;
    std::vector<proxy::exchange_end> ends_;
};

class served {
public:
    explicit served(functions_handler& handler, proxy::server_options options = {})
        : server_(prepare(std::move(options)), handler, time_) {
        const auto started = server_.start({&io_});
        if (!started.has_value()) throw std::runtime_error(started.error().detail);
        thread_ = std::thread([this] { io_.run(); });
    }
    ~served() {
        if (!stopping_) stop(milliseconds(0)).wait();
        guard_.reset();
        io_.stop();
        thread_.join();
    }
    served(const served&) = delete;
    served& operator=(const served&) = delete;

    std::uint16_t port() const { return server_.port(); }
    proxy::server& server() { return server_; }
    boost::asio::io_context& io() { return io_; }

    // Becomes ready when the server says that it has stopped.
    std::future<void> stop(milliseconds grace) {
        stopping_ = true;
        auto done = std::make_shared<std::promise<void>>();
        std::future<void> ready = done->get_future();
        server_.stop(grace, [done] { done->set_value(); });
        return ready;
    }

private:
    static proxy::server_options prepare(proxy::server_options options) {
        options.listen = {"127.0.0.1", 0};
        return options;
    }

    system_clock time_;
    boost::asio::io_context io_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_ = make_work_guard(io_);
    proxy::server server_;
    std::thread thread_;
    bool stopping_ = false;
};

}  // namespace nearside::testing
