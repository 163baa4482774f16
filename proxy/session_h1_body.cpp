// The request's body: RFC 9112 6 and 7.
#include "proxy/connection_set.h"
#include "proxy/session_h1.h"

#include <algorithm>

namespace nearside::proxy {

namespace asio = boost::asio;

namespace {

// Of a body that nobody read, after its response: more is not read for nothing, the connection is closed instead.
constexpr std::uint64_t drain_limit = 256 * 1024;
// A body that is larger than a block is read in larger pieces.
constexpr std::size_t large_read = 64 * 1024;

}  // namespace

bool session_h1::has_body() const noexcept {
    const request_framing& framing = request_.framing;
    return framing.body == body_framing::chunked || (framing.body == body_framing::length && framing.length > 0);
}

std::optional<std::uint64_t> session_h1::body_length() const noexcept {
    if (request_.framing.body == body_framing::chunked) return std::nullopt;
    return request_.framing.length;
}

void session_h1::drop_used_body() noexcept {
    input_.consume(body_in_use_);
    body_in_use_ = 0;
}

session_h1::body_step session_h1::take_body(std::string_view& piece) {
    drop_used_body();
    piece = {};
    if (body_done_) return body_step::end;
    if (request_.framing.body == body_framing::length) {
        piece = input_.unread();
        piece = piece.substr(0, std::min<std::uint64_t>(piece.size(), body_left_));
        body_left_ -= piece.size();
        body_in_use_ = piece.size();
        body_done_ = body_left_ == 0;
        body_taken_ += piece.size();
        return piece.empty() ? body_step::more : body_step::data;
    }
    const chunked_decoder::step step = chunks_.next(input_.unread());
    if (step.is == chunked_decoder::state::broken) return body_step::broken;
    piece = step.data;
    body_in_use_ = step.consumed;
    body_taken_ += piece.size();
    if (body_taken_ > set_.limits().body) return body_step::too_large;
    if (!piece.empty()) return body_step::data;
    drop_used_body();
    if (step.is != chunked_decoder::state::done) return body_step::more;
    body_done_ = true;
    return body_step::end;
}

asio::awaitable<result<std::string_view>> session_h1::read_body() {
    for (;;) {
        if (read_cancelled_) co_return error{errc::cancelled, "no more of the body is wanted"};
        std::string_view piece;
        switch (take_body(piece)) {
            case body_step::data:
            case body_step::end:
                if (body_done_) on_departure();
                co_return piece;
            case body_step::broken:
                close_ = true;
                co_return error{errc::bad_request, "the chunked coding of the body is broken"};
            case body_step::too_large:
                close_ = true;
                co_return error{errc::body_too_large, "the body is larger than this server takes"};
            case body_step::more:
                break;
        }
        if (continue_pending_) {
            const bool told = co_await send_continue();
            if (!told) co_return error{errc::closed_early, "the client is gone"};
        }
        const std::optional<errc> failed = co_await fill_for_body(set_.ticks().body);
        if (!failed || read_cancelled_) continue;
        close_ = true;
        co_return error{*failed, *failed == errc::request_timeout ? "the body took too long"
                                                                  : "the client ended before its body did"};
    }
}

// Whether the connection can be kept is for conclude() to see, which drops what is left of the body or closes.
void session_h1::cancel_read() noexcept {
    read_cancelled_ = true;
    stream_.interrupt_read();
}

// Not after the response has begun: an interim response would stand in the midst of it.
asio::awaitable<bool> session_h1::send_continue() {
    continue_pending_ = false;
    if (progress_ != progress::none) co_return true;
    gather out;
    out.add("HTTP/1.1 100 Continue\r\n\r\n");
    const bool told = co_await stream_.push_all(out, set_.ticks().write);
    if (!told) close_ = true;
    co_return told;
}

asio::awaitable<std::optional<errc>> session_h1::fill_for_body(tick_count patience) {
    if (body_taken_ >= body_turn_end_) {
        body_turn_end_ = body_taken_ + client_stream::turn_bytes;
        co_await stream_.yield();
    }
    stream_.read_within(patience);
    for (;;) {
        if (read_cancelled_) {
            stream_.read_without_deadline();
            co_return errc::cancelled;
        }
        const std::span<char> room = input_.room(body_taken_ > large_read ? large_read : block_pool::block_size);
        const io_outcome outcome = stream_.read(room);
        if (outcome.is == io_state::done) {
            input_.commit(outcome.bytes);
            stream_.read_without_deadline();
            co_return std::nullopt;
        }
        if (outcome.is == io_state::ended || outcome.is == io_state::failed) co_return errc::closed_early;
        co_await stream_.wait_to_read(outcome.is);
        if (!stream_.open()) co_return errc::closed_early;
        if (stream_.read_expired()) {
            connection_set::count(set_.counters().timeouts);
            co_return errc::request_timeout;
        }
    }
}

bool session_h1::worth_draining() const noexcept {
    // Whether a client that was not told to continue sends its body all the same cannot be known (RFC 9110 10.1.1).
    if (continue_pending_) return false;
    return request_.framing.body == body_framing::chunked || body_left_ <= drain_limit;
}

asio::awaitable<bool> session_h1::drain_body() {
    if (!worth_draining()) co_return false;
    const std::uint64_t most = body_taken_ + drain_limit;
    // The client has its response: one that sends the rest does so now.
    const tick_count patience = std::min(set_.ticks().body, set_.ticks().linger);
    while (body_taken_ <= most) {
        std::string_view piece;
        const body_step step = take_body(piece);
        if (step == body_step::end) co_return true;
        if (step == body_step::data) continue;
        if (step != body_step::more) co_return false;
        const std::optional<errc> failed = co_await fill_for_body(patience);
        if (failed) co_return false;
    }
    co_return false;
}

}  // namespace nearside::proxy
