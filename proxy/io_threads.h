// The io threads: one io_context each, so that what lives on one of them needs no locks.
// Owned by main. Built before, and destroyed after, everything that has sockets or timers on them.
#pragma once

#include "proxy/run_context.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace nearside::proxy {

class io_threads {
public:
    explicit io_threads(std::uint32_t count);
    ~io_threads();
    io_threads(const io_threads&) = delete;
    io_threads& operator=(const io_threads&) = delete;

    std::vector<boost::asio::io_context*> contexts() const;
    std::vector<boost::asio::any_io_executor> executors() const;
    void run(const on_thrown& tell);

    // Nothing keeps the threads any more but work that is under way.
    void let_go();
    // Waits for let-go threads to run out of work, no longer than until `deadline`, then stops them. False: stopped.
    bool join_until(std::chrono::steady_clock::time_point deadline);
    // Once they have ended in time, and nothing else posts to them: runs here what was posted to one of them after its
    // last work was over.
    void run_what_is_left();

private:
    struct thread {
        thread() : context(1), open(boost::asio::make_work_guard(context)) {}
        boost::asio::io_context context;
        boost::asio::executor_work_guard<boost::asio::io_context::executor_type> open;
        std::thread runs;
    };
    std::vector<std::unique_ptr<thread>> threads_;
    std::mutex mutex_;
    std::condition_variable ended_;
    std::size_t running_ = 0;  // guarded by mutex_
};

}  // namespace nearside::proxy
