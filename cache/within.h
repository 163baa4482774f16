// Waits for work on other threads, but no longer than a time: what comes later is dropped.
// The caller resumes on its own executor; `job` owns all that it uses, and ends on `workers` whenever it does.
#pragma once

#include "core/clock.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <memory>
#include <optional>
#include <utility>

namespace nearside::cache {

// Nullopt: not in time, or the job threw.
template <class T>
boost::asio::awaitable<std::optional<T>> within(milliseconds time, boost::asio::any_io_executor workers,
                                                boost::asio::awaitable<T> job) {
    struct rendezvous {
        boost::asio::steady_timer timer;
        std::optional<T> made{};
    };
    const boost::asio::any_io_executor own = co_await boost::asio::this_coro::executor;
    const auto meeting = std::make_shared<rendezvous>(rendezvous{boost::asio::steady_timer(own, time)});
    auto tell = [meeting, own](const std::exception_ptr& thrown, T made) {
        boost::asio::post(own, [meeting, failed = thrown != nullptr, result = std::move(made)]() mutable {
            if (!failed) meeting->made = std::move(result);
            meeting->timer.cancel();
        });
    };
    boost::asio::co_spawn(workers, std::move(job), std::move(tell));
    co_await meeting->timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    co_return std::move(meeting->made);
}

}  // namespace nearside::cache
