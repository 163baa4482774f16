// The response: RFC 9112 6, 7 and 9.3.
#include "proxy/connection_set.h"
#include "proxy/session_h1.h"

#include <array>
#include <charconv>
#include <utility>

namespace nearside::proxy {

namespace asio = boost::asio;

namespace {

error misuse(const char* what) {
    return {errc::internal, what};
}

}  // namespace

void session_h1::respond(response_head head, body content) {
    if (progress_ != progress::none && progress_ != progress::whole) return;
    progress_ = progress::whole;
    own_head_ = std::move(head);
    own_content_ = std::move(content);
    stored_content_ = nullptr;
}

void session_h1::respond_stored(std::shared_ptr<const void> owner, const head_view& head, const body& content) {
    if (progress_ != progress::none && progress_ != progress::whole) return;
    progress_ = progress::whole;
    stored_owner_ = std::move(owner);
    stored_head_ = head;
    stored_content_ = &content;
}

void session_h1::decide_framing(int status, std::optional<std::uint64_t> length) noexcept {
    end_.status = status;
    length_ = length;
    if (is_head_ || has_no_body(status)) {
        framing_ = response_framing::no_body;
    } else if (length) {
        framing_ = response_framing::length;
    } else if (is_http10_) {
        framing_ = response_framing::until_close;
        close_ = true;
    } else {
        framing_ = response_framing::chunked;
    }
}

// A length that the handler tells stands where no body follows: it may know what a GET would have got (RFC 9110 8.6).
void session_h1::render_own_head(const response_head& head) {
    text_.clear();
    const bool keep_length = framing_ == response_framing::no_body && (is_head_ || head.status == 304);
    write_status_line(text_, head.status);
    write_fields(text_, head.fields, keep_length);
    if (keep_length && head.fields.contains("content-length")) length_.reset();
    render_tail(head.fields.contains("date"));
}

void session_h1::render_tail(bool has_date) {
    write_fields(text_, extra_);
    const bool head_tells_length = is_head_ && length_ && !has_no_body(end_.status);
    write_framing(text_, head_tells_length ? response_framing::length : framing_, length_.value_or(0));
    if (!has_date) text_ += set_.date_line(received_at_);
    // A request that is here already is answered, whoever sends it without waiting for this answer.
    if (set_.draining() || (set_.seeing_off() && input_.empty())) close_ = true;
    if (close_) {
        text_ += "Connection: close\r\n";
    } else if (is_http10_) {
        text_ += "Connection: keep-alive\r\n";
    }
    text_ += "\r\n";
}

void session_h1::render_whole() {
    if (!body_done_ && !worth_draining()) close_ = true;
    const body& content = stored_content_ != nullptr ? *stored_content_ : own_content_;
    // With nothing in hand for a HEAD, what a GET would get is unknown, not empty.
    std::optional<std::uint64_t> length = content.size();
    if (is_head_ && content.empty()) length.reset();

    out_ = {};
    if (stored_content_ != nullptr) {
        decide_framing(stored_head_.status, length);
        text_.clear();
        render_tail(stored_head_.has_date);
        out_.add(stored_head_.status_line);
        out_.add(stored_head_.lines);
    } else {
        decide_framing(own_head_.status, length);
        render_own_head(own_head_);
    }
    out_.add(text_);
    if (framing_ != response_framing::length) return;
    out_.add(content.slices());
    end_.body_bytes = content.size();
}

asio::awaitable<result<void>> session_h1::send(gather out) {
    const bool sent = co_await stream_.push_all(out, set_.ticks().write);
    if (sent) co_return result<void>();
    progress_ = progress::aborted;
    co_return error{errc::closed_early, "the client is gone or takes nothing"};
}

asio::awaitable<result<void>> session_h1::send_interim(response_head head) {
    if (progress_ != progress::none) co_return misuse("an interim response after the final one");
    if (head.status <= 101 || head.status >= 200) co_return misuse("not an interim status");
    if (is_http10_) co_return result<void>();
    text_.clear();
    write_status_line(text_, head.status);
    write_fields(text_, head.fields);
    text_ += "\r\n";
    gather out;
    out.add(text_);
    const bool sent = co_await stream_.push_all(out, set_.ticks().write);
    if (sent) co_return result<void>();
    co_return error{errc::closed_early, "the client is gone or takes nothing"};
}

asio::awaitable<result<void>> session_h1::start(response_head head, std::optional<std::uint64_t> length) {
    if (progress_ != progress::none) co_return misuse("a second response");
    progress_ = progress::streaming;
    // The body may still be read while the response is streamed, but for one that the client was not asked to send.
    if (!body_done_ && continue_pending_) close_ = true;
    decide_framing(head.status, length);
    render_own_head(head);
    gather out;
    out.add(text_);
    const result<void> sent = co_await send(out);
    co_return sent;
}

asio::awaitable<result<void>> session_h1::write(std::string_view bytes) {
    if (progress_ == progress::aborted) co_return error{errc::closed_early, "the response was broken off"};
    if (progress_ != progress::streaming) co_return misuse("a write outside a streamed response");
    if (framing_ == response_framing::no_body || bytes.empty()) co_return result<void>();
    if (framing_ == response_framing::length && bytes.size() > *length_ - end_.body_bytes) {
        abort();
        co_return misuse("more bytes than the response's length");
    }
    gather out;
    if (framing_ == response_framing::chunked) {
        std::array<char, 16> digits;
        const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), bytes.size(), 16).ptr;
        text_.assign(digits.data(), end).append("\r\n");
        out.add(text_);
        out.add(bytes);
        out.add("\r\n");
    } else {
        out.add(bytes);
    }
    const result<void> sent = co_await send(out);
    if (sent.has_value()) end_.body_bytes += bytes.size();
    co_return sent;
}

exchange::at_once session_h1::write_at_once(std::string_view bytes) noexcept {
    if (progress_ != progress::streaming || framing_ != response_framing::chunked || bytes.empty())
        return at_once::nothing;
    std::array<char, 18> start;
    auto end = std::to_chars(start.data(), start.data() + start.size() - 2, bytes.size(), 16).ptr;
    *end++ = '\r';
    *end++ = '\n';
    gather out;
    out.add({start.data(), end});
    out.add(bytes);
    out.add("\r\n");
    const std::uint64_t all = out.left();
    const io_state written = stream_.push(out);
    end_.body_bytes += bytes.size();
    if (written == io_state::done) return at_once::all;
    text_.assign(start.data(), end);
    out_ = {};
    out_.add(text_);
    out_.add(bytes);
    out_.add("\r\n");
    out_.advance(all - out.left());
    return at_once::rest;
}

void session_h1::fetch_ahead() const noexcept {
    stream_.fetch_ahead();
    __builtin_prefetch(&progress_);
    __builtin_prefetch(&framing_);
    __builtin_prefetch(&end_.body_bytes);
}

asio::awaitable<result<void>> session_h1::write_rest() {
    const result<void> sent = co_await send(out_);
    co_return sent;
}

asio::awaitable<result<void>> session_h1::finish_with(header_fields trailers) {
    if (progress_ == progress::aborted) co_return error{errc::closed_early, "the response was broken off"};
    if (progress_ != progress::streaming) co_return misuse("the end of no streamed response");
    if (framing_ == response_framing::length && end_.body_bytes != *length_) {
        abort();
        co_return misuse("fewer bytes than the response's length");
    }
    if (framing_ == response_framing::chunked) {
        text_ = "0\r\n";
        if (takes_trailers(request_.head.fields)) write_trailers(text_, trailers);
        text_ += "\r\n";
        gather out;
        out.add(text_);
        const result<void> sent = co_await send(out);
        if (!sent.has_value()) co_return sent;
    }
    progress_ = progress::finished;
    co_return result<void>();
}

void session_h1::abort() noexcept {
    progress_ = progress::aborted;
}

}  // namespace nearside::proxy
