#include "proxy/response_parser.h"

#include <gtest/gtest.h>

#include <string>

namespace nearside::proxy {
namespace {

struct response_reading {
    std::optional<errc> failure;
    std::string what;  // of the failure
    int status = 0;
    int interim = 0;
    std::string data;
    bool complete = false;
    bool keeps = false;
    std::string left;  // bytes after the response
    header_fields fields, trailers;

    bool operator==(const response_reading& other) const {
        return failure == other.failure && status == other.status && interim == other.interim && data == other.data &&
               complete == other.complete && keeps == other.keeps;
    }
};

// Shows the parser `wire` in pieces of `piece` bytes, then the end of the connection.
response_reading read_response(const std::string& wire, std::size_t piece = std::string::npos, bool to_head = false) {
    response_parser parser(to_head);
    response_reading got;
    std::string inbox;
    std::size_t shown = 0;
    const auto fail = [&](const error& why) {
        got.failure = why.code;
        got.what = why.detail;
        return got;
    };
    for (;;) {
        const auto step = parser.next(inbox);
        if (!step) return fail(step.error());
        got.data += step->data;
        inbox.erase(0, step->consumed);
        switch (step->what) {
            case response_parser::event::interim:
                ++got.interim;
                continue;
            case response_parser::event::head:
                got.status = parser.head().status;
                got.fields = parser.head().fields;
                continue;
            case response_parser::event::body:
                continue;
            case response_parser::event::end:
                got.complete = true;
                got.keeps = parser.may_keep_connection();
                got.left = inbox + wire.substr(shown);
                got.trailers = parser.trailers();
                return got;
            case response_parser::event::more:
                break;
        }
        if (shown == wire.size()) {
            const auto ended = parser.end_of_stream();
            if (!ended) return fail(ended.error());
            continue;
        }
        const std::string next = wire.substr(shown, piece);
        shown += next.size();
        inbox += next;
    }
}

TEST(response_parser_test, a_response_with_a_length_ends_there_and_keeps_its_connection) {
    const response_reading got = read_response("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nETag:  \"a\" \r\n\r\nhello");
    EXPECT_EQ(got.status, 200);
    EXPECT_EQ(got.data, "hello");
    EXPECT_TRUE(got.complete);
    EXPECT_TRUE(got.keeps);
    EXPECT_EQ(got.fields.find("etag"), "\"a\"");
}

TEST(response_parser_test, chunks_are_joined_and_trailers_kept_apart) {
    const response_reading got = read_response(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n06 \r\n world\r\n0\r\n"
        "Checksum: 1\r\nContent-Length: 9\r\n\r\n");
    EXPECT_EQ(got.data, "hello world");
    EXPECT_TRUE(got.keeps);
    EXPECT_EQ(got.trailers.find("checksum"), "1");
    EXPECT_FALSE(got.trailers.contains("content-length"));
}

TEST(response_parser_test, without_framing_the_body_ends_with_the_connection) {
    const response_reading got = read_response("HTTP/1.1 200 OK\r\n\r\nall of it");
    EXPECT_EQ(got.data, "all of it");
    EXPECT_TRUE(got.complete);
    EXPECT_FALSE(got.keeps);
}

TEST(response_parser_test, interim_responses_come_before_the_final_one) {
    const response_reading got = read_response(
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n");
    EXPECT_EQ(got.interim, 2);
    EXPECT_EQ(got.status, 204);
    EXPECT_TRUE(got.keeps);
}

TEST(response_parser_test, head_204_and_304_have_no_body_whatever_their_fields_say) {
    EXPECT_EQ(read_response("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", std::string::npos, true).complete, true);
    EXPECT_EQ(read_response("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n").complete, true);
    EXPECT_EQ(read_response("HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n").complete, true);
}

TEST(response_parser_test, bytes_after_the_end_are_left) {
    EXPECT_EQ(read_response("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200").left, "HTTP/1.1 200");
}

TEST(response_parser_test, what_the_connection_becomes) {
    EXPECT_FALSE(read_response("HTTP/1.1 200 OK\r\nConnection: x, Close\r\nContent-Length: 0\r\n\r\n").keeps);
    EXPECT_FALSE(read_response("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n").keeps);
    EXPECT_TRUE(read_response("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n").keeps);
}

TEST(response_parser_test, a_truncated_response_is_told_from_a_broken_one) {
    for (const char* wire : {"", "HTTP/1.1 200 OK\r\nContent-Le", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
                             "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n",
                             "HTTP/1.1 100 Continue\r\n\r\n"}) {
        EXPECT_EQ(read_response(wire).failure, errc::closed_early) << wire;
    }
}

const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

const std::string lies[] = {
    "SSH-2.0-OpenSSH_9.2\r\n",
    "HTTP/2 200\r\n\r\n",
    "HTTP/1.2 200 OK\r\n\r\n",
    "HTTP/1.1 20 OK\r\n\r\n",
    "HTTP/1.1 2000 OK\r\n\r\n",
    "HTTP/1.1 099 Low\r\n\r\n",
    "HTTP/1.1  200 OK\r\n\r\n",
    "HTTP/1.1 101 Switching Protocols\r\n\r\n",
    "HTTP/1.1 200 O\nK\r\n\r\n",
    "HTTP/1.1 200 OK\r\nA: b\nContent-Length: 5\r\n\r\n",
    "HTTP/1.1 200 OK\r\nA: b\rC: d\r\n\r\n",
    "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n",
    "HTTP/1.1 200 OK\r\n A: b\r\n\r\n",
    "HTTP/1.1 200 OK\r\nA : b\r\n\r\n",
    "HTTP/1.1 200 OK\r\n: b\r\n\r\n",
    "HTTP/1.1 200 OK\r\nA\r\n\r\n",
    "HTTP/1.1 200 OK\r\nA: b" + std::string(1, '\0') + "c\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 5, 6\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 5,\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 0x5\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: xchunked\r\n\r\n",
    "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    chunked + "x\r\n",
    chunked + "\r\n",
    chunked + "-1\r\n",
    chunked + " 5\r\nhello\r\n",
    chunked + "5 5\r\nhello\r\n",
    chunked + "5\nhello\r\n",
    chunked + "5\r\nhello0\r\n",
    chunked + "5\r\nhello\n0\r\n\r\n",
    chunked + "fffffffffffffffff\r\n",
    chunked + "5;\x01\r\nhello\r\n",
    chunked + "5;" + std::string(2000, 'a') + "\r\nhello\r\n",
    chunked + "0\r\nA: b\n\r\n\r\n",
    chunked + "0\r\n A: b\r\n\r\n",
    "HTTP/1.1 200 OK\r\nA: " + std::string(70'000, 'a') + "\r\n\r\n",
};

TEST(response_parser_test, whatever_could_be_read_in_two_ways_is_malformed) {
    for (const std::string& wire : lies)
        EXPECT_EQ(read_response(wire).failure, errc::malformed_response) << wire.substr(0, 80);
}

TEST(response_parser_test, a_bare_lf_is_refused_as_soon_as_it_is_there) {
    for (const std::string wire : {"HTTP/1.1 200 OK\n", "HTTP/1.1 200 OK\r\nA: b\n", "HTTP/1.1 200 OK\r\n\n"}) {
        response_parser parser(false);
        EXPECT_TRUE(parser.next(std::string_view(wire).substr(0, wire.size() - 1))) << wire;
        const auto step = parser.next(wire);
        ASSERT_FALSE(step) << wire;
        EXPECT_EQ(step.error(), errc::malformed_response);
    }
    EXPECT_EQ(read_response("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n\na\n").data, "\na\n");
}

TEST(response_parser_test, too_many_fields_or_interim_responses_are_malformed) {
    std::string fields = "HTTP/1.1 200 OK\r\n";
    for (int number = 0; number < 300; ++number)
        fields += "A: b\r\n";
    EXPECT_EQ(read_response(fields + "\r\n").failure, errc::malformed_response);
    std::string interim;
    for (int number = 0; number < 40; ++number)
        interim += "HTTP/1.1 102 Processing\r\n\r\n";
    EXPECT_EQ(read_response(interim).failure, errc::malformed_response);
}

TEST(response_parser_test, the_same_length_said_twice_is_one_length) {
    EXPECT_EQ(read_response("HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\nContent-Length: 2\r\n\r\nok").data, "ok");
}

TEST(response_parser_test, how_the_bytes_were_cut_changes_nothing) {
    std::vector<std::string> wires(std::begin(lies), std::end(lies));
    wires.push_back("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello and more");
    wires.push_back(chunked + "5;a=b\r\nhello\r\n3\r\nabc\r\n0\r\nA: b\r\n\r\n");
    wires.push_back(chunked + "5\r\nhel");
    wires.push_back(chunked + "0\r\n\n");
    wires.push_back("HTTP/1.1 102 a\r\n\r\nHTTP/1.1 200 OK\r\n\r\nuntil the end");
    for (const std::string& wire : wires) {
        const response_reading whole = read_response(wire);
        for (const std::size_t piece : {1, 2, 3, 7, 64}) {
            EXPECT_TRUE(read_response(wire, piece) == whole) << wire.substr(0, 80) << " in pieces of " << piece;
        }
    }
}

}  // namespace
}  // namespace nearside::proxy
