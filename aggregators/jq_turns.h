// How many runs of jq go on at once on one pool of workers: each may hold its worker for seconds, and composing,
// decoding and hashing mustn't wait behind all of them. The others wait here, first come first served.
// A service of the workers' execution context, which owns it; who builds the pool says how many (asio::make_service),
// else it is one. Any thread.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/execution_context.hpp>

#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>

namespace nearside::aggregators {

class jq_turns final : public boost::asio::execution_context::service {
public:
    // Asio finds it by these.
    using key_type = jq_turns;
    static boost::asio::execution_context::id id;

    explicit jq_turns(boost::asio::execution_context& of, std::size_t at_once = 1);

    static jq_turns& of(const boost::asio::any_io_executor& workers);

    // Runs `job` on `workers` when its turn has come; drops it where the context ends before that. It must not throw.
    void post(boost::asio::any_io_executor workers, std::function<void()> job);

private:
    struct waiting {
        boost::asio::any_io_executor workers;
        std::function<void()> job;
    };

    void begin(waiting next);
    void ended();
    void shutdown() override;

    const std::size_t at_once_;
    std::mutex mutex_;
    std::size_t under_way_ = 0;
    std::deque<waiting> queue_;  // at most the documents of the runs under way
};

}  // namespace nearside::aggregators
