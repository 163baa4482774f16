// A server's start, its end, and its limit of connections.
#include "proxy/server.h"

#include "tests/support/raw_client.h"
#include "tests/support/served.h"
#include "tests/unit/proxy/times.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace nearside::proxy {
namespace {

using testing::functions_handler;
using testing::raw_answer;
using testing::raw_client;
using testing::served;
namespace asio = boost::asio;

// A handler that waits until the test opens it.
struct gate {
    explicit gate(asio::io_context& io) : timer(io, asio::steady_timer::time_point::max()) {}
    asio::steady_timer timer;
    std::promise<void> entered;

    asio::awaitable<void> pass(exchange& call) {
        entered.set_value();
        boost::system::error_code opened;
        co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, opened));
        call.respond({}, body(std::string("at last")));
    }
    // Done when this returns.
    void open(asio::io_context& io) {
        asio::post(io, asio::use_future([this] { timer.cancel(); })).wait();
    }
};

class a_server : public ::testing::Test {
protected:
    a_server() {
        handler.quick_ones["/"] = [](exchange& call) { call.respond({}, body(std::string("here"))); };
    }
    functions_handler handler;
    system_clock time;
};

TEST_F(a_server, says_why_it_cannot_listen) {
    served first(handler);
    server_options options;
    options.listen = {"127.0.0.1", first.port()};
    asio::io_context io;
    server second(options, handler, time);
    const result<void> started = second.start({&io});
    ASSERT_FALSE(started.has_value());
    EXPECT_NE(started.error().detail.find("127.0.0.1:" + std::to_string(first.port())), std::string::npos);
    EXPECT_NE(started.error().detail.find("in use"), std::string::npos);
}

TEST_F(a_server, says_that_a_host_is_unknown) {
    server_options options;
    options.listen = {"999.1.1.1", 0};
    asio::io_context io;
    server unknown(options, handler, time);
    EXPECT_FALSE(unknown.start({&io}).has_value());
}

TEST_F(a_server, listens_on_one_port_with_all_its_threads) {
    server_options options;
    options.listen = {"127.0.0.1", 0};
    asio::io_context one;
    asio::io_context two;
    server both(options, handler, time);
    ASSERT_TRUE(both.start({&one, &two}).has_value());
    std::thread first([&] { one.run(); });
    std::thread second([&] { two.run(); });
    for (int each = 0; each < 50; ++each) {
        raw_client client(both.port());
        client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        ASSERT_EQ(client.read().content, "here");
    }
    std::promise<void> stopped;
    both.stop(milliseconds(0), [&] { stopped.set_value(); });
    stopped.get_future().wait();
    // Without listeners and connections nothing keeps the threads.
    first.join();
    second.join();
    EXPECT_EQ(both.counters().requests, 50U);
    EXPECT_EQ(both.counters().connections_open, 0U);
}

TEST_F(a_server, closes_idle_connections_when_it_stops) {
    served server(handler);
    raw_client client(server.port());
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(client.read().field("Connection"), "");
    std::future<void> stopped = server.stop(patience);
    EXPECT_EQ(client.read_to_end(), raw_client::ending::clean);
    EXPECT_EQ(stopped.wait_for(patience), std::future_status::ready);
    EXPECT_THROW(raw_client(server.port()), std::runtime_error);
}

TEST_F(a_server, finishes_what_runs_when_it_stops) {
    served server(handler);
    gate held(server.io());
    handler.slow_ones["/slow"] = [&](exchange& call) { return held.pass(call); };
    raw_client client(server.port());
    client.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
    held.entered.get_future().wait();
    raw_client idle(server.port());
    std::future<void> stopped = server.stop(patience);
    EXPECT_EQ(idle.read_to_end(), raw_client::ending::clean);
    held.open(server.io());
    const raw_answer answer = client.read();
    EXPECT_EQ(answer.content, "at last");
    EXPECT_EQ(answer.field("Connection"), "close");
    EXPECT_EQ(stopped.wait_for(patience), std::future_status::ready);
}

TEST_F(a_server, closes_what_does_not_finish_in_time) {
    served server(handler);
    gate held(server.io());
    handler.slow_ones["/slow"] = [&](exchange& call) { return held.pass(call); };
    raw_client client(server.port());
    client.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
    held.entered.get_future().wait();
    std::future<void> stopped = server.stop(milliseconds(20));
    EXPECT_EQ(stopped.wait_for(patience), std::future_status::ready);
    EXPECT_EQ(client.read_to_end(), raw_client::ending::reset);
    held.open(server.io());
}

TEST_F(a_server, may_end_without_having_been_stopped) {
    asio::io_context io;
    server_options options;
    options.listen = {"127.0.0.1", 0};
    server dropped(options, handler, time);
    ASSERT_TRUE(dropped.start({&io}).has_value());
    handler.slow_ones["/stuck"] = [](exchange& call) -> asio::awaitable<void> { co_await call.read_body(); };
    std::thread thread([&] { io.run(); });
    raw_client idle(dropped.port());
    idle.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(idle.read().content, "here");
    raw_client stuck(dropped.port());
    stuck.send("POST /stuck HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    EXPECT_EQ(stuck.read().status, 100);
    io.stop();
    thread.join();
    // What is left is for the address sanitizer to see.
}

TEST_F(a_server, lets_further_connections_wait_at_its_limit) {
    server_options options;
    options.limits.connections = 2;
    served server(handler, options);
    auto first = std::make_unique<raw_client>(server.port());
    raw_client second(server.port());
    for (raw_client* each : {first.get(), &second}) {
        each->send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        EXPECT_EQ(each->read().content, "here");
    }
    raw_client third(server.port());
    third.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    // The third has not been accepted as long as both others are there.
    second.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(second.read().content, "here");
    EXPECT_EQ(server.server().counters().connections_accepted, 2U);
    first.reset();
    EXPECT_EQ(third.read().content, "here");
}

}  // namespace
}  // namespace nearside::proxy
