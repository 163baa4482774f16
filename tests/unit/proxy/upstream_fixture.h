// A pool towards a fake origin, for the tests of everything upstream.
#pragma once

#include "proxy/upstream_pool.h"
#include "tests/support/fake_origin.h"
#include "tests/support/run_io.h"
#include "tests/unit/proxy/times.h"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <memory>
#include <optional>

namespace nearside::proxy {

using testing::fake_origin;
using testing::fake_peer;
using testing::run;
using testing::run_until;

class upstream_fixture : public ::testing::Test {
protected:
    upstream_fixture() {
        settings_.name = "incl";
        settings_.scheme = "http";
        settings_.host = "127.0.0.1";
        settings_.warm_connections = 0;
        settings_.max_connections = 4;
        settings_.timeout = {.connect = long_time, .first_byte = long_time, .total = long_time};
    }
    ~upstream_fixture() override {
        if (pool_) pool_->shutdown();
        pool_.reset();
        // What was going on ends by the shutdown, before the io_context goes.
        if (io_.stopped()) io_.restart();
        io_.run_for(std::chrono::seconds(20));
        EXPECT_TRUE(io_.stopped()) << "something still waits on the io_context after shutdown";
    }

    void play(fake_origin::script script, const testing::test_certificates* certificates = nullptr) {
        origin_.emplace(std::move(script), certificates);
        settings_.port = origin_->port();
    }
    void open_pool() {
        auto made = upstream_pool::create(std::make_shared<config::upstream_settings>(settings_),
                                          {.executors = {io_.get_executor()}, .sweep_every = milliseconds(10)});
        ASSERT_TRUE(made) << made.error().detail;
        pool_ = std::move(*made);
        pool_->start();
    }
    std::shared_ptr<call_guard> guard(milliseconds total = long_time) {
        return call_guard::create(io_.get_executor(), in(total));
    }
    result<upstream_lease> acquire(connection_wish wish = {}, milliseconds total = long_time) {
        std::optional<result<upstream_lease>> got;
        boost::asio::co_spawn(io_, pool_->acquire(wish, guard(total)),
                              [&](std::exception_ptr, result<upstream_lease> lease) { got.emplace(std::move(lease)); });
        run_until(io_, [&] { return got.has_value(); });
        return std::move(*got);
    }

    boost::asio::io_context io_;
    config::upstream_settings settings_;
    std::optional<fake_origin> origin_;
    std::shared_ptr<upstream_pool> pool_;
};

// Answers every request of every connection, and ends with the client.
inline void answer_all(fake_peer& peer) {
    while (!peer.read_head().empty())
        peer.answer("{}");
}

}  // namespace nearside::proxy
