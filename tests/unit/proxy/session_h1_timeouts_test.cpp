// What a session does about clients that are slow or silent. The limits are short; nothing sleeps: each test waits for
// what the server does about it.
#include "proxy/session_h1.h"
#include "tests/support/raw_client.h"
#include "tests/support/served.h"

#include <gtest/gtest.h>

#include <string>

namespace nearside::proxy {
namespace {

using testing::functions_handler;
using testing::raw_answer;
using testing::raw_client;
using testing::served;

class a_slow_client : public ::testing::Test {
protected:
    a_slow_client() {
        handler.quick_ones["/"] = [](exchange& call) { call.respond({}, body(std::string("here"))); };
        handler.quick_ones["/large"] = [](exchange& call) { call.respond({}, body(std::string(50'000'000, 'x'))); };
    }

    static server_options with(milliseconds config::client_limits::* limit) {
        server_options options;
        options.limits.*limit = milliseconds(60);
        return options;
    }

    functions_handler handler;
};

TEST_F(a_slow_client, that_sends_nothing_is_let_go_without_a_word) {
    served server(handler, with(&config::client_limits::header_timeout));
    raw_client client(server.port());
    EXPECT_EQ(client.read_to_end(), raw_client::ending::clean);
    EXPECT_EQ(client.pending(), "");
    EXPECT_EQ(server.server().counters().timeouts, 1U);
}

TEST_F(a_slow_client, that_does_not_finish_its_head_is_told_so) {
    served server(handler, with(&config::client_limits::header_timeout));
    raw_client client(server.port());
    client.send("GET / HTTP/1.1\r\nHost: a\r\n");
    const raw_answer answer = client.read();
    EXPECT_EQ(answer.status, 408);
    EXPECT_EQ(answer.field("Connection"), "close");
}

TEST_F(a_slow_client, that_drips_does_not_win_time) {
    served server(handler, with(&config::client_limits::header_timeout));
    raw_client client(server.port());
    client.send("GET / HTTP/1.1\r\nHost: a\r\nX: ");
    // Until the server hangs up: each byte would renew a timeout that starts anew with every read.
    while (client.send("y") && ::recv(client.socket(), nullptr, 0, MSG_DONTWAIT | MSG_PEEK) < 0) {
        char first = 0;
        if (::recv(client.socket(), &first, 1, MSG_DONTWAIT | MSG_PEEK) > 0) break;
    }
    const int status = client.read().status;
    EXPECT_TRUE(status == 408 || status == 431) << status;
}

TEST_F(a_slow_client, that_keeps_a_connection_idle_is_let_go) {
    served server(handler, with(&config::client_limits::idle_timeout));
    raw_client client(server.port());
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(client.read().content, "here");
    EXPECT_EQ(client.read_to_end(), raw_client::ending::clean);
    EXPECT_EQ(client.pending(), "");
    EXPECT_EQ(server.server().counters().timeouts, 0U) << "it was not slow, only done";
}

TEST_F(a_slow_client, that_takes_nothing_is_given_up) {
    served server(handler, with(&config::client_limits::write_timeout));
    raw_client client(server.port());
    client.send("GET /large HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    // Nothing is read until the server has given up.
    while (handler.ends().empty())
        std::this_thread::yield();
    EXPECT_FALSE(handler.ends().front().complete);
    EXPECT_EQ(server.server().counters().timeouts, 1U);
    EXPECT_FALSE(client.read().complete);
}

}  // namespace
}  // namespace nearside::proxy
