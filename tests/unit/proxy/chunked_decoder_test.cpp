#include "proxy/chunked_decoder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace nearside::proxy {
namespace {

struct decoded_chunks {
    chunked_decoder::state is = chunked_decoder::state::more;
    std::string data;
    std::size_t consumed = 0;
};

// Feeds `wire` in pieces of `step` bytes.
decoded_chunks decode(std::string_view wire, std::size_t step = std::string_view::npos) {
    decoded_chunks all;
    chunked_decoder decoder;
    std::size_t have = std::min(step, wire.size());
    for (;;) {
        const chunked_decoder::step it = decoder.next(wire.substr(all.consumed, have - all.consumed));
        all.consumed += it.consumed;
        all.data += it.data;
        all.is = it.is;
        if (it.is != chunked_decoder::state::more) return all;
        if (it.consumed != 0 || all.consumed < have) continue;
        if (have == wire.size()) return all;
        have = std::min(have + step, wire.size());
    }
}

TEST(chunked_decoder, takes_the_coding_off_in_any_pieces) {
    constexpr std::string_view wire =
        "5\r\nhello\r\n1;a=\"b\";c\r\n \r\nA\r\nbig\r\nworld\r\n0\r\nTrailer: x\r\n\r\nGET /next";
    for (std::size_t step = 1; step <= wire.size(); ++step) {
        const decoded_chunks it = decode(wire, step);
        EXPECT_EQ(it.is, chunked_decoder::state::done) << step;
        EXPECT_EQ(it.data, "hello big\r\nworld") << step;
        EXPECT_EQ(wire.substr(it.consumed), "GET /next") << step;
    }
}

TEST(chunked_decoder, waits_for_what_is_missing) {
    EXPECT_EQ(decode("5\r\nhel").is, chunked_decoder::state::more);
    EXPECT_EQ(decode("0\r\n").is, chunked_decoder::state::more);
    EXPECT_EQ(decode("0\r\n\r").is, chunked_decoder::state::more);
}

TEST(chunked_decoder, refuses_what_could_be_read_in_two_ways) {
    for (const std::string_view wire : {
             "\r\n",
             "x\r\n",
             "-1\r\n",
             "+1\r\n",
             " 5\r\nhello\r\n",
             "5 \r\nhello\r\n",
             "5 ;a\r\nhello\r\n",
             "0x5\r\n",
             "5\nhello\r\n",
             "5\r\rhello",
             "5\r\nhello\n",
             "5\r\nhello!\r\n",
             "5\r\nhello\r\r",
             "5;a\nb\r\nhello\r\n",
             "5;a\x01\r\nhello\r\n",
             "0\r\n x: folded\r\n\r\n",
             "0\r\nx: y\n\r\n",
             "0\r\nnothing\r\n\r\n",
             "0\r\n: y\r\n\r\n",
             "0\r\nx : y\r\n\r\n",
             "0\r\nx(y): z\r\n\r\n",
             "0\r\nx: y\r\nGET /next HTTP/1.1\r\n\r\n",
             "0\r\n\rx",
             "1234567890abcdef0\r\n",
         }) {
        EXPECT_EQ(decode(wire).is, chunked_decoder::state::broken) << wire;
        EXPECT_EQ(decode(wire, 1).is, chunked_decoder::state::broken) << wire;
    }
}

TEST(chunked_decoder, extensions_and_trailers_are_bounded_over_the_whole_body) {
    std::string many;
    for (std::size_t sent = 0; sent <= chunked_decoder::max_extension_bytes; sent += 8)
        many += "1;1234567\r\nx\r\n";
    EXPECT_EQ(decode(many).is, chunked_decoder::state::broken);
    EXPECT_EQ(decode("0\r\nx:\r\ny: a b\r\n\r\n").is, chunked_decoder::state::done);
    const std::string names = "0\r\n" + std::string(chunked_decoder::max_trailer_bytes + 1, 'x');
    EXPECT_EQ(decode(names).is, chunked_decoder::state::broken);
    const std::string trailers = "0\r\nx: " + std::string(chunked_decoder::max_trailer_bytes, 'y') + "\r\n\r\n";
    EXPECT_EQ(decode(trailers).is, chunked_decoder::state::broken);
}

}  // namespace
}  // namespace nearside::proxy
