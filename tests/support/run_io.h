// Runs coroutines to their end on one io_context in the thread of the test, within a bounded time.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <exception>
#include <functional>
#include <optional>
#include <stdexcept>

namespace nearside::testing {

inline constexpr std::chrono::seconds io_patience{20};

// Runs handlers until `done` holds.
inline void run_until(boost::asio::io_context& io, const std::function<bool()>& done) {
    const auto due = std::chrono::steady_clock::now() + io_patience;
    while (!done()) {
        if (std::chrono::steady_clock::now() > due) throw std::runtime_error("run_until: it never came true");
        if (io.stopped()) io.restart();
        io.run_one_for(std::chrono::milliseconds(10));
    }
}

template <class Value>
Value run(boost::asio::io_context& io, boost::asio::awaitable<Value> work) {
    std::optional<Value> value;
    std::exception_ptr failure;
    bool done = false;
    boost::asio::co_spawn(io, std::move(work), [&](std::exception_ptr thrown, Value given) {
        failure = thrown;
        if (!thrown) value.emplace(std::move(given));
        done = true;
    });
    run_until(io, [&] { return done; });
    if (failure) std::rethrow_exception(failure);
    return std::move(*value);
}

inline void run(boost::asio::io_context& io, boost::asio::awaitable<void> work) {
    std::exception_ptr failure;
    bool done = false;
    boost::asio::co_spawn(io, std::move(work), [&](std::exception_ptr thrown) {
        failure = thrown;
        done = true;
    });
    run_until(io, [&] { return done; });
    if (failure) std::rethrow_exception(failure);
}

}  // namespace nearside::testing
