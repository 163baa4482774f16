// Threads for heavy work (composing, decoding, hashing tens of MB), of lower priority than the io threads, so that a
// cached answer never waits behind them. Half of them, and at least one, may be running jq.
// Owned by main; stop() and drop_queued() before anything that posted work goes away.
#pragma once

#include "proxy/run_context.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <optional>
#include <thread>
#include <vector>

namespace nearside::proxy {

class worker_pool {
public:
    explicit worker_pool(std::uint32_t threads, const on_thrown& tell = {});
    ~worker_pool() { stop(); }
    worker_pool(const worker_pool&) = delete;
    worker_pool& operator=(const worker_pool&) = delete;

    // Not to be used once what is queued was dropped.
    boost::asio::any_io_executor executor() { return context_->get_executor(); }
    // Waits for what runs. Nothing runs from now on; what is posted is queued.
    void stop();
    // Once stopped: what is queued goes, and with it what that holds.
    void drop_queued();

private:
    std::optional<boost::asio::io_context> context_;
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> open_;
    std::vector<std::thread> threads_;
};

}  // namespace nearside::proxy
