// Dialogues with a session over real sockets: clients that leave before they have their answer, and a handler that
// wants no more of a body.
#include "proxy/session_h1.h"
#include "tests/support/raw_client.h"
#include "tests/support/served.h"
#include "tests/unit/proxy/times.h"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <string>

namespace nearside::proxy {
namespace {

using testing::functions_handler;
using testing::raw_client;
using testing::served;
namespace asio = boost::asio;

const std::string waiting = "GET /wait HTTP/1.1\r\nHost: a\r\n\r\n";

class a_leaving_client : public ::testing::Test {
protected:
    a_leaving_client() {
        // Answers only when the client is gone or the test opens it.
        handler.slow_ones["/wait"] = [this](exchange& call) -> asio::awaitable<void> {
            int times = 0;
            call.on_gone([&] {
                ++times;
                opened.cancel();
            });
            entered.set_value();
            boost::system::error_code ignored;
            if (times == 0) co_await opened.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
            told.set_value(times);
            call.respond({}, body(std::string("at last")));
        };
        // Reads the body, then waits as above.
        handler.slow_ones["/upload"] = [this](exchange& call) -> asio::awaitable<void> {
            int times = 0;
            call.on_gone([&] {
                ++times;
                opened.cancel();
            });
            for (;;) {
                const result<std::string_view> piece = co_await call.read_body();
                if (!piece.has_value() || piece->empty()) break;
                bytes_read += piece->size();
                if (bytes_read == 5) entered.set_value();
            }
            times_at_end = times;
            boost::system::error_code ignored;
            if (times == 0) co_await opened.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
            told.set_value(times);
        };
        handler.quick_ones["/quick"] = [](exchange& call) { call.respond({}, body(std::string("quick"))); };
    }

    void open() {
        asio::post(server.io(), [this] { opened.cancel(); });
    }
    // How often the handler was told.
    int times_told() {
        std::future<int> times = told.get_future();
        if (times.wait_for(patience) != std::future_status::ready) {
            open();
            ADD_FAILURE() << "the handler still waits";
        }
        return times.get();
    }
    void reset() {
        const linger at_once{1, 0};
        ::setsockopt(client.socket(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        // The descriptor goes on to live, as another socket, for the client to close.
        const int other = ::socket(AF_INET, SOCK_STREAM, 0);
        ::dup2(other, client.socket());
        ::close(other);
    }

    std::promise<void> entered;
    std::promise<int> told;
    std::size_t bytes_read = 0;
    std::atomic<int> times_at_end{-1};
    functions_handler handler;
    server_options options;
    served server{handler, options};
    asio::steady_timer opened{server.io(), asio::steady_timer::time_point::max()};
    raw_client client{server.port()};
};

TEST_F(a_leaving_client, that_resets_its_connection_is_told_to_the_handler_once) {
    client.send(waiting);
    entered.get_future().wait();
    reset();
    EXPECT_EQ(times_told(), 1);
}

TEST_F(a_leaving_client, that_ends_its_side_after_the_request_is_told_to_the_handler_once) {
    client.send(waiting);
    entered.get_future().wait();
    client.send_no_more();
    EXPECT_EQ(times_told(), 1);
}

TEST_F(a_leaving_client, that_was_gone_before_the_handler_asked_is_told_too) {
    client.send(waiting);
    client.send_no_more();
    EXPECT_EQ(times_told(), 1);
}

TEST_F(a_leaving_client, is_not_one_that_stays_or_pipelines) {
    client.send(waiting);
    entered.get_future().wait();
    client.send("GET /quick HTTP/1.1\r\nHost: a\r\n\r\n");
    // Another client's dialogue on the same thread, so that those bytes have been seen.
    raw_client other(server.port());
    other.send("GET /quick HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(other.read().content, "quick");
    open();
    EXPECT_EQ(times_told(), 0);
    EXPECT_EQ(client.read().content, "at last");
    EXPECT_EQ(client.read().content, "quick");
    // The next exchange of the connection has nothing to do with the handler that asked.
    client.send_no_more();
    EXPECT_EQ(client.read_to_end(), raw_client::ending::clean);
}

TEST_F(a_leaving_client, that_pipelined_more_before_is_gone_all_the_same) {
    client.send(waiting + "GET /quick HTTP/1.1\r\nHost: a\r\n\r\n");
    entered.get_future().wait();
    client.send_no_more();
    EXPECT_EQ(times_told(), 1);
}

TEST_F(a_leaving_client, that_ended_its_side_is_gone_only_when_its_body_has_been_read) {
    client.send("POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello");
    entered.get_future().wait();
    client.send("world");
    client.send_no_more();
    EXPECT_EQ(times_told(), 1);
    EXPECT_EQ(bytes_read, 10U);
}

TEST_F(a_leaving_client, that_ends_within_its_body_is_told_by_the_body_alone) {
    client.send("POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello");
    entered.get_future().wait();
    client.send_no_more();
    while (times_at_end < 0)
        std::this_thread::yield();
    open();
    EXPECT_EQ(times_told(), 0);
    EXPECT_EQ(bytes_read, 5U);
}

TEST_F(a_leaving_client, includes_all_whom_a_stop_does_not_wait_for) {
    client.send(waiting);
    entered.get_future().wait();
    std::future<void> stopped = server.stop(milliseconds(0));
    EXPECT_EQ(times_told(), 1);
    EXPECT_EQ(stopped.wait_for(patience), std::future_status::ready);
}

TEST(a_cancelled_upload, ends_the_wait_for_more_and_its_connection_serves_on) {
    functions_handler handler;
    handler.quick_ones["/quick"] = [](exchange& call) { call.respond({}, body(std::string("quick"))); };
    served server(handler);
    std::promise<errc> failed;
    handler.slow_ones["/enough"] = [&](exchange& call) -> asio::awaitable<void> {
        const result<std::string_view> first = co_await call.read_body();
        if (!first.has_value()) co_return;
        asio::post(server.io(), [&] { call.cancel_read(); });
        // The client sends no more before its answer.
        const result<std::string_view> second = co_await call.read_body();
        failed.set_value(second.has_value() ? errc::internal : second.error().code);
        call.respond({}, body(std::string("enough")));
    };
    raw_client client(server.port());
    client.send("POST /enough HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello");
    EXPECT_EQ(client.read().content, "enough");
    EXPECT_EQ(failed.get_future().get(), errc::cancelled);
    client.send("worldGET /quick HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(client.read().content, "quick");
}

}  // namespace
}  // namespace nearside::proxy
