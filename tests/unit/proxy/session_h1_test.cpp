// Dialogues with a session over real sockets: requests in, responses out.
#include "proxy/session_h1.h"

#include "tests/support/raw_client.h"
#include "tests/support/served.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace nearside::proxy {
namespace {

using testing::functions_handler;
using testing::raw_answer;
using testing::raw_client;
using testing::served;
namespace asio = boost::asio;

struct stored_answer {
    prepared_head head;
    body content;
};

std::shared_ptr<const stored_answer> store(int status, std::string content) {
    response_head head;
    head.status = status;
    head.fields.append("Content-Type", "text/plain");
    head.fields.append("ETag", "\"1\"");
    auto made = std::make_shared<stored_answer>();
    made->head = prepared_head(head);
    made->content = body(std::move(content));
    return made;
}

class a_session : public ::testing::Test {
protected:
    a_session() {
        handler.quick_ones["/hit"] = [hit = store(200, "stored")](exchange& call) {
            call.extra_fields().append("Age", "3");
            call.respond_stored(hit, hit->head.whole(), hit->content);
        };
        handler.quick_ones["/unchanged"] = [unchanged = store(304, "")](exchange& call) {
            call.respond_stored(unchanged, unchanged->head.whole(), unchanged->content);
        };
        handler.slow_ones["/own"] = [](exchange& call) -> asio::awaitable<void> {
            response_head head;
            head.fields.append("X-Target", call.head().target);
            head.fields.append("X-Peer", call.peer_address());
            head.fields.append("X-Scheme", call.scheme());
            head.fields.append("X-Authority", call.authority());
            call.respond(std::move(head), body(std::string("made for you")));
            co_return;
        };
        handler.slow_ones["/stream"] = [](exchange& call) -> asio::awaitable<void> {
            response_head head;
            co_await call.start(std::move(head), std::nullopt);
            for (const std::string_view piece : {"one ", "", "two ", "three"})
                co_await call.write(piece);
            co_await call.finish();
        };
        handler.slow_ones["/known"] = [](exchange& call) -> asio::awaitable<void> {
            response_head head;
            co_await call.start(std::move(head), 7);
            co_await call.write("one ");
            co_await call.write("two");
            co_await call.finish();
        };
        handler.slow_ones["/broken"] = [](exchange& call) -> asio::awaitable<void> {
            response_head head;
            co_await call.start(std::move(head), std::nullopt);
            co_await call.write("half");
        };
        handler.slow_ones["/short"] = [](exchange& call) -> asio::awaitable<void> {
            response_head head;
            co_await call.start(std::move(head), 100);
            co_await call.write("half");
            const result<void> finished = co_await call.finish();
            EXPECT_FALSE(finished.has_value());
        };
        handler.slow_ones["/throw"] = [](exchange&) -> asio::awaitable<void> {
            throw std::runtime_error("a secret path");
            co_return;
        };
        handler.slow_ones["/silent"] = [](exchange&) -> asio::awaitable<void> { co_return; };
        handler.slow_ones["/hints"] = [](exchange& call) -> asio::awaitable<void> {
            response_head hints;
            hints.status = 103;
            hints.fields.append("Link", "</x>; rel=preload");
            co_await call.send_interim(std::move(hints));
            call.respond({}, body(std::string("final")));
        };
    }

    functions_handler handler;
    served server{handler};
    raw_client client{server.port()};
};

TEST_F(a_session, answers_a_hit_with_stored_extra_and_own_fields) {
    client.send("GET /hit HTTP/1.1\r\nHost: a\r\n\r\n");
    const raw_answer answer = client.read();
    EXPECT_EQ(answer.head.substr(0, answer.head.find("\r\n")), "HTTP/1.1 200 OK");
    EXPECT_EQ(answer.field("ETag"), "\"1\"");
    EXPECT_EQ(answer.field("Age"), "3");
    EXPECT_EQ(answer.field("Content-Length"), "6");
    EXPECT_EQ(answer.field("Date").size(), 29U);
    EXPECT_EQ(answer.field("Connection"), "");
    EXPECT_EQ(answer.content, "stored");
}

TEST_F(a_session, keeps_the_connection_and_forgets_the_last_exchange) {
    for (int round = 0; round < 3; ++round) {
        client.send("GET /hit HTTP/1.1\r\nHost: a\r\n\r\n");
        EXPECT_EQ(client.read().field("Age"), "3");
        client.send("GET /own?x=1 HTTP/1.1\r\nHost: b:80\r\n\r\n");
        const raw_answer own = client.read();
        EXPECT_EQ(own.field("Age"), "");
        EXPECT_EQ(own.field("X-Target"), "/own?x=1");
        EXPECT_EQ(own.field("X-Peer"), "127.0.0.1");
        EXPECT_EQ(own.field("X-Scheme"), "http");
        EXPECT_EQ(own.field("X-Authority"), "b:80");
        EXPECT_EQ(own.content, "made for you");
    }
}

TEST_F(a_session, answers_pipelined_requests_in_order) {
    client.send(
        "GET /hit HTTP/1.1\r\nHost: a\r\n\r\nGET /stream HTTP/1.1\r\nHost: a\r\n\r\nGET /hit HTTP/1.1\r\nHost: "
        "a\r\n\r\n");
    EXPECT_EQ(client.read().content, "stored");
    EXPECT_EQ(client.read().content, "one two three");
    EXPECT_EQ(client.read().content, "stored");
}

TEST_F(a_session, answers_a_flood_of_pipelined_requests) {
    constexpr int count = 2000;
    std::string flood;
    for (int each = 0; each < count; ++each)
        flood += "GET /hit HTTP/1.1\r\nHost: a\r\n\r\n";
    ASSERT_TRUE(client.send(flood));
    for (int each = 0; each < count; ++each)
        ASSERT_EQ(client.read().content, "stored") << each;
}

TEST_F(a_session, reads_a_request_that_arrives_byte_by_byte) {
    client.send_byte_by_byte("GET /hit HTTP/1.1\r\nHost: a\r\n\r\nGET /own HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(client.read().content, "stored");
    EXPECT_EQ(client.read().content, "made for you");
}

TEST_F(a_session, a_head_larger_than_its_first_buffer_is_read) {
    client.send("GET /own HTTP/1.1\r\nHost: a\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n");
    EXPECT_EQ(client.read().content, "made for you");
}

TEST_F(a_session, head_gets_the_length_and_no_body) {
    client.send(
        "HEAD /hit HTTP/1.1\r\nHost: a\r\n\r\nHEAD /known HTTP/1.1\r\nHost: a\r\n\r\nHEAD /stream HTTP/1.1\r\n"
        "Host: a\r\n\r\nGET /hit HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(client.read(true).field("Content-Length"), "6");
    EXPECT_EQ(client.read(true).field("Content-Length"), "7");
    const raw_answer unknown = client.read(true);
    EXPECT_EQ(unknown.field("Content-Length"), "");
    EXPECT_EQ(client.read().content, "stored");
}

TEST_F(a_session, a_304_has_neither_body_nor_length) {
    client.send("GET /unchanged HTTP/1.1\r\nHost: a\r\n\r\nGET /hit HTTP/1.1\r\nHost: a\r\n\r\n");
    const raw_answer unchanged = client.read();
    EXPECT_EQ(unchanged.status, 304);
    EXPECT_EQ(unchanged.field("Content-Length"), "");
    EXPECT_EQ(client.read().content, "stored");
}

TEST_F(a_session, streams_chunked_or_with_a_length) {
    client.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\nGET /known HTTP/1.1\r\nHost: a\r\n\r\n");
    const raw_answer chunked = client.read();
    EXPECT_EQ(chunked.field("Transfer-Encoding"), "chunked");
    EXPECT_EQ(chunked.content, "one two three");
    const raw_answer known = client.read();
    EXPECT_EQ(known.field("Content-Length"), "7");
    EXPECT_EQ(known.content, "one two");
}

TEST_F(a_session, an_http_1_0_client_gets_no_chunks) {
    client.send("GET /stream HTTP/1.0\r\n\r\n");
    const raw_answer answer = client.read();
    EXPECT_EQ(answer.field("Transfer-Encoding"), "");
    EXPECT_EQ(answer.field("Connection"), "close");
    EXPECT_EQ(answer.content, "one two three");
    EXPECT_TRUE(answer.complete);
}

TEST_F(a_session, an_http_1_0_client_may_keep_the_connection) {
    client.send("GET /hit HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_EQ(client.read().field("Connection"), "keep-alive");
    client.send("GET /hit HTTP/1.0\r\n\r\n");
    const raw_answer last = client.read();
    EXPECT_EQ(last.field("Connection"), "close");
    EXPECT_EQ(last.content, "stored");
    EXPECT_EQ(client.read_to_end(), raw_client::ending::clean);
}

TEST_F(a_session, closes_when_the_client_asks_for_it) {
    client.send("GET /hit HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\nGET /hit HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(client.read().field("Connection"), "close");
    client.send_no_more();
    EXPECT_EQ(client.read_to_end(), raw_client::ending::clean);
    EXPECT_EQ(client.pending(), "");
}

TEST_F(a_session, a_client_that_has_ended_its_side_still_gets_its_answers) {
    client.send("GET /own HTTP/1.1\r\nHost: a\r\n\r\nGET /hit HTTP/1.1\r\nHost: a\r\n\r\n");
    client.send_no_more();
    EXPECT_EQ(client.read().content, "made for you");
    EXPECT_EQ(client.read().content, "stored");
    EXPECT_EQ(client.read_to_end(), raw_client::ending::clean);
}

TEST_F(a_session, a_broken_off_body_is_seen_as_broken) {
    client.send("GET /broken HTTP/1.1\r\nHost: a\r\n\r\n");
    const raw_answer chunked = client.read();
    EXPECT_EQ(chunked.content, "half");
    EXPECT_FALSE(chunked.complete);

    raw_client second(server.port());
    second.send("GET /short HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_FALSE(second.read().complete);

    // Here the end of the connection is the end of the body.
    raw_client old(server.port());
    old.send("GET /broken HTTP/1.0\r\n\r\n");
    EXPECT_EQ(old.read_to_end(), raw_client::ending::reset);
}

TEST_F(a_session, a_handler_that_throws_or_says_nothing_makes_a_500_without_its_reason) {
    client.send("GET /throw HTTP/1.1\r\nHost: a\r\n\r\nGET /silent HTTP/1.1\r\nHost: a\r\n\r\n");
    const raw_answer thrown = client.read();
    EXPECT_EQ(thrown.status, 500);
    EXPECT_EQ(thrown.field("Content-Type"), "application/problem+json");
    EXPECT_EQ(thrown.content.find("secret"), std::string::npos);
    EXPECT_EQ(client.read().status, 500);
    client.send("GET /hit HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    EXPECT_EQ(client.read().status, 200);
    client.read_to_end();
    EXPECT_EQ(handler.ends().front().thrown, "a secret path");
}

TEST_F(a_session, sends_interim_responses_to_those_who_know_them) {
    client.send("GET /hints HTTP/1.1\r\nHost: a\r\n\r\nGET /hints HTTP/1.0\r\n\r\n");
    const raw_answer hints = client.read();
    EXPECT_EQ(hints.status, 103);
    EXPECT_EQ(hints.field("Link"), "</x>; rel=preload");
    EXPECT_EQ(client.read().content, "final");
    EXPECT_EQ(client.read().content, "final");
}

TEST_F(a_session, refuses_with_a_problem_and_ends) {
    client.send(
        "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\nGET /hit HTTP/1.1\r\n"
        "Host: a\r\n\r\n");
    const raw_answer answer = client.read();
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(answer.field("Content-Type"), "application/problem+json");
    EXPECT_EQ(answer.field("Connection"), "close");
    EXPECT_NE(answer.content.find("urn:nearside:problem:bad_request"), std::string::npos);
    client.send_no_more();
    EXPECT_EQ(client.read_to_end(), raw_client::ending::clean);
    EXPECT_EQ(client.pending(), "");
}

TEST_F(a_session, a_client_that_sends_on_can_still_read_why_it_was_refused) {
    client.send("GET / HTTP/9.9\r\n\r\n");
    client.send(std::string(500'000, 'x'));
    EXPECT_EQ(client.read().status, 505);
}

TEST_F(a_session, a_body_of_many_slices_is_written_whole) {
    constexpr std::size_t count = 1000;
    auto piece = std::make_shared<const std::string>(10'000, 'p');
    std::vector<slice> slices(count, slice{piece, *piece});
    handler.slow_ones["/many"] = [&](exchange& call) -> asio::awaitable<void> {
        call.respond({}, body(slices));
        co_return;
    };
    client.send("GET /many HTTP/1.1\r\nHost: a\r\n\r\nGET /hit HTTP/1.1\r\nHost: a\r\n\r\n");
    const raw_answer answer = client.read();
    EXPECT_EQ(answer.content.size(), count * piece->size());
    EXPECT_EQ(answer.content, std::string(count * piece->size(), 'p'));
    EXPECT_EQ(client.read().content, "stored");
}

TEST_F(a_session, tells_how_each_exchange_ended) {
    client.send(
        "GET /hit HTTP/1.1\r\nHost: a\r\n\r\nGET /stream HTTP/1.1\r\nHost: a\r\n\r\nGET /broken HTTP/1.1\r\n"
        "Host: a\r\n\r\n");
    client.read_to_end();
    const std::vector<exchange_end> ends = handler.ends();
    ASSERT_EQ(ends.size(), 3U);
    EXPECT_EQ(ends[0].status, 200);
    EXPECT_EQ(ends[0].body_bytes, 6U);
    EXPECT_TRUE(ends[0].complete);
    EXPECT_EQ(ends[1].body_bytes, 13U);
    EXPECT_FALSE(ends[2].complete);
}

TEST_F(a_session, a_field_with_a_line_break_never_reaches_the_wire) {
    handler.slow_ones["/split"] = [](exchange& call) -> asio::awaitable<void> {
        response_head head;
        head.fields.append("X-Bad", "a\r\nX-Injected: b");
        head.fields.append("Connection", "upgrade");
        head.fields.append("Transfer-Encoding", "chunked");
        head.fields.append("Content-Length", "999");
        call.respond(std::move(head), body(std::string("fine")));
        co_return;
    };
    client.send("GET /split HTTP/1.1\r\nHost: a\r\n\r\n");
    const raw_answer answer = client.read();
    EXPECT_EQ(answer.field("X-Injected"), "");
    EXPECT_EQ(answer.field("Connection"), "");
    EXPECT_EQ(answer.field("Transfer-Encoding"), "");
    EXPECT_EQ(answer.field("Content-Length"), "4");
    EXPECT_EQ(answer.content, "fine");
}

}  // namespace
}  // namespace nearside::proxy
