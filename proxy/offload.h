// Heavy work on the worker pool, so that no cached answer waits behind it.
// Belongs to the coroutine that awaits it, which resumes on its own thread; the work runs on one of the pool's.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <type_traits>
#include <utility>

namespace nearside::proxy {

// Runs `work` on `workers` and resumes the caller on its own executor. `work` must own all that it uses: the caller may
// be gone when it ends.
template <class Work>
boost::asio::awaitable<std::invoke_result_t<Work>> offload(boost::asio::any_io_executor workers, Work work) {
    auto there = [](Work job) -> boost::asio::awaitable<std::invoke_result_t<Work>> { co_return job(); };
    co_return co_await boost::asio::co_spawn(workers, there(std::move(work)), boost::asio::use_awaitable);
}

}  // namespace nearside::proxy
