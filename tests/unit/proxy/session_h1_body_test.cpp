// Dialogues with a session over real sockets: the request's body.
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
namespace asio = boost::asio;

server_options small_limits() {
    server_options options;
    options.limits.body = 1'000'000;
    options.limits.body_timeout = milliseconds(60);
    return options;
}

class a_body : public ::testing::Test {
protected:
    a_body() {
        handler.slow_ones["/echo"] = [](exchange& call) -> asio::awaitable<void> {
            std::string all;
            for (;;) {
                const result<std::string_view> piece = co_await call.read_body();
                if (!piece.has_value()) {
                    call.respond_error(piece.error());
                    co_return;
                }
                if (piece->empty()) break;
                all += *piece;
            }
            call.respond({}, body(std::move(all)));
        };
        handler.slow_ones["/ignore"] = [](exchange& call) -> asio::awaitable<void> {
            call.respond({}, body(std::string("ignored")));
            co_return;
        };
        handler.quick_ones["/quick"] = [](exchange& call) { call.respond({}, body(std::string("quick"))); };
    }

    functions_handler handler;
    served server{handler, small_limits()};
    raw_client client{server.port()};
};

TEST_F(a_body, is_read_by_its_length) {
    client.send(
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhelloPOST /echo HTTP/1.1\r\nHost: a\r\n"
        "Content-Length: 2\r\n\r\n");
    EXPECT_EQ(client.read().content, "hello");
    client.send("ok");
    EXPECT_EQ(client.read().content, "ok");
}

TEST_F(a_body, is_read_by_its_chunks) {
    client.send_byte_by_byte(
        "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x\r\n world\r\n"
        "0\r\nX: y\r\n\r\nGET /quick HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(client.read().content, "hello world");
    EXPECT_EQ(client.read().content, "quick");
}

TEST_F(a_body, of_no_bytes_is_no_body) {
    client.send(
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nExpect: 100-continue\r\n\r\n"
        "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
    EXPECT_EQ(client.read().status, 200);
    EXPECT_EQ(client.read().status, 200);
}

TEST_F(a_body, large_arrives_whole) {
    const std::string large(900'000, 'l');
    client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 900000\r\n\r\n" + large);
    EXPECT_EQ(client.read().content, large);
}

TEST_F(a_body, is_asked_for_when_the_client_waits) {
    client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
    EXPECT_EQ(client.read().status, 100);
    client.send("ok");
    EXPECT_EQ(client.read().content, "ok");
}

TEST_F(a_body, that_is_here_already_is_not_asked_for) {
    client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\nok");
    EXPECT_EQ(client.read().status, 200);
}

TEST_F(a_body, nobody_wants_is_not_asked_for_and_the_connection_ends) {
    client.send("POST /ignore HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
    const raw_answer answer = client.read();
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.field("Connection"), "close");
}

// CVE-2025-4366: bytes of a body nobody read must not become the next request.
TEST_F(a_body, nobody_reads_is_not_taken_for_a_request) {
    const std::string smuggled = "GET /echo HTTP/1.1\r\nHost: evil\r\n\r\n";
    const std::string length = std::to_string(smuggled.size());
    for (const char* path : {"/ignore", "/quick"}) {
        client.send(std::string("POST ") + path + " HTTP/1.1\r\nHost: a\r\nContent-Length: " + length + "\r\n\r\n" +
                    smuggled + "GET /quick HTTP/1.1\r\nHost: a\r\n\r\n");
        EXPECT_EQ(client.read().status, 200);
        EXPECT_EQ(client.read().content, "quick");
    }
    client.send(
        "POST /quick HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nGET\r\n0\r\n\r\n"
        "GET /quick HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(client.read().content, "quick");
    EXPECT_EQ(client.read().content, "quick");
}

TEST_F(a_body, too_long_to_drop_ends_the_connection) {
    client.send("POST /ignore HTTP/1.1\r\nHost: a\r\nContent-Length: 900000\r\n\r\n");
    const raw_answer answer = client.read();
    EXPECT_EQ(answer.content, "ignored");
    EXPECT_EQ(answer.field("Connection"), "close");
    client.send_no_more();
    EXPECT_EQ(client.read_to_end(), raw_client::ending::clean);
}

TEST_F(a_body, over_the_limit_is_refused) {
    client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000001\r\nExpect: 100-continue\r\n\r\n");
    EXPECT_EQ(client.read().status, 413);

    raw_client chunked(server.port());
    chunked.send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nf4241\r\n" +
                 std::string(1'000'001, 'x'));
    const raw_answer answer = chunked.read();
    EXPECT_EQ(answer.status, 413);
    EXPECT_EQ(answer.field("Connection"), "close");
}

TEST_F(a_body, with_broken_chunks_is_refused_and_the_connection_ends) {
    client.send(
        "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloGET /quick HTTP/1.1\r\n\r\n");
    const raw_answer answer = client.read();
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(answer.field("Connection"), "close");
    client.send_no_more();
    client.read_to_end();
    EXPECT_EQ(client.pending(), "");
}

TEST_F(a_body, that_does_not_come_times_out) {
    client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel");
    const raw_answer answer = client.read();
    EXPECT_EQ(answer.status, 408);
    EXPECT_EQ(answer.field("Connection"), "close");
}

TEST_F(a_body, that_ends_early_is_told_to_the_handler) {
    client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel");
    client.send_no_more();
    EXPECT_NE(client.read().content.find("closed_early"), std::string::npos);
}

TEST_F(a_body, may_be_read_while_the_response_is_written) {
    handler.slow_ones["/duplex"] = [](exchange& call) -> asio::awaitable<void> {
        co_await call.start({}, std::nullopt);
        for (;;) {
            const result<std::string_view> piece = co_await call.read_body();
            if (!piece.has_value() || piece->empty()) break;
            co_await call.write(*piece);
        }
        co_await call.finish();
    };
    client.send(
        "POST /duplex HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n"
        "GET /quick HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(client.read().content, "onetwo");
    EXPECT_EQ(client.read().content, "quick");
}

}  // namespace
}  // namespace nearside::proxy
