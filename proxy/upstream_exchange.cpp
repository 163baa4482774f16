#include "proxy/upstream_exchange.h"

#include "core/ascii.h"
#include "proxy/field_lines.h"

#include <boost/asio/error.hpp>

#include <algorithm>
#include <charconv>

namespace nearside::proxy {

namespace asio = boost::asio;

namespace {

constexpr std::size_t read_at_least = 1024;
constexpr std::size_t read_with_head = 16 * 1024;
constexpr std::size_t read_past_inbox = 4 * 1024;
constexpr std::size_t read_body_at_once = 256 * 1024;  // straight into a document
// What a response and the next request spend under way while the upstream's clock of idleness runs.
constexpr milliseconds keep_alive_margin{1'000};

std::optional<milliseconds> told_keep_alive(const response_head& head) {
    std::optional<milliseconds> told;
    for_each_member(head.fields.combined("keep-alive"), [&](std::string_view parameter) {
        constexpr std::string_view name = "timeout";
        if (parameter.size() <= name.size() || !iequals(parameter.substr(0, name.size()), name)) return;
        std::string_view value = trimmed(parameter.substr(name.size()));
        if (!value.starts_with('=')) return;
        value = trimmed(value.substr(1));
        std::uint32_t seconds = 0;
        const auto [end, failure] = std::from_chars(value.data(), value.data() + value.size(), seconds);
        if (failure != std::errc{} || end != value.data() + value.size()) return;
        const milliseconds whole = std::chrono::seconds(seconds);
        told = std::max<milliseconds>(whole - keep_alive_margin, whole / 2);
    });
    return told;
}

}  // namespace

upstream_exchange::upstream_exchange(upstream_connection& connection, std::shared_ptr<call_guard> guard, bool to_head)
    : connection_(connection), guard_(std::move(guard)), parser_(to_head) {
    watch_.emplace(*guard_, *connection_.transport);
    // Behind another call's response.
    if (!connection_.received.empty()) heard();
}

error upstream_exchange::broken(const boost::system::error_code& failure) const {
    if (guard_->stopped()) return {guard_->why(errc::closed_early), {}};
    if (failure == asio::error::eof) {
        return {errc::closed_early, "the upstream closed the connection before its response was complete"};
    }
    return {errc::closed_early, failure.message()};
}

asio::awaitable<result<void>> upstream_exchange::send(std::string_view bytes) {
    const upstream_io outcome = co_await connection_.transport->write_all(bytes);
    sent_ += outcome.bytes;
    if (!outcome.failure) co_return result<void>{};
    const error failure = broken(outcome.failure);
    // After its answer the upstream may refuse the rest of the request.
    co_return answered_ ? failure : blame(failure);
}

error upstream_exchange::blame(error failure) {
    // A kept connection that had died says nothing: this call has not been tried yet.
    const bool had_died = failure.code == errc::closed_early && connection_.calls > 0 && !answered_;
    if (!had_died) connection_.present.failed(failure.code, guard_->callers_total());
    return failure;
}

void upstream_exchange::heard() {
    if (answered_) return;
    answered_ = true;
    guard_->enter_last_phase();
}

asio::awaitable<result<void>> upstream_exchange::read_more(std::size_t most) {
    connection_.received.shrink();
    const std::size_t there = co_await connection_.transport->incoming();
    if (there > 0) most = std::clamp(there, std::min(read_at_least, most), most);
    char* into = connection_.received.prepare(most);
    const upstream_io outcome = co_await connection_.transport->read_some(into, most);
    connection_.received.arrived(outcome.bytes);
    if (outcome.bytes > 0) heard();
    if (!outcome.failure) co_return result<void>{};
    if (outcome.failure == asio::error::eof && answered_ && !guard_->stopped()) {
        const result<void> ended = parser_.end_of_stream();
        if (ended) co_return ended;
        co_return blame(ended.error());
    }
    co_return blame(broken(outcome.failure));
}

asio::awaitable<result<response_head>> upstream_exchange::receive_head() {
    for (;;) {
        auto head = co_await receive_next_head();
        if (!head || head->status >= 200) co_return head;
    }
}

asio::awaitable<result<response_head>> upstream_exchange::receive_next_head() {
    for (;;) {
        const auto step = parser_.next(connection_.received.view());
        if (!step) co_return blame(step.error());
        connection_.received.consume(step->consumed);
        switch (step->what) {
            case response_parser::event::interim:
                co_return std::move(parser_.head());
            case response_parser::event::head:
                keep_alive_ = told_keep_alive(parser_.head());
                http_1_1_ = parser_.head().version >= 11;
                connection_.present.answered(parser_.head().status);
                co_return std::move(parser_.head());
            default:
                break;
        }
        const result<void> read = co_await read_more(read_with_head);
        if (!read) co_return read.error();
    }
}

asio::awaitable<result<std::string_view>> upstream_exchange::receive_some(std::size_t most) {
    for (;;) {
        const auto step = parser_.next(connection_.received.view());
        if (!step) co_return blame(step.error());
        // Consumed bytes stay where they are until more are read.
        connection_.received.consume(step->consumed);
        if (step->what == response_parser::event::body) co_return step->data;
        if (step->what == response_parser::event::end) co_return std::string_view{};
        const result<void> read = co_await read_more(most);
        if (!read) co_return read.error();
    }
}

asio::awaitable<result<buffer>> upstream_exchange::receive_all(std::uint64_t most_bytes) {
    const error too_large{errc::response_too_large, "the body is larger than max_response"};
    const std::optional<std::uint64_t> told = parser_.content_length();
    if (told && !parser_.complete() && *told > most_bytes) co_return too_large;
    buffer_writer document(parser_.complete() ? 0 : static_cast<std::size_t>(told.value_or(0)));
    for (;;) {
        if (connection_.received.empty() && parser_.contiguous() >= read_past_inbox) {
            const auto room =
                static_cast<std::size_t>(std::min<std::uint64_t>(parser_.contiguous(), read_body_at_once));
            char* into = document.prepare(room);
            const upstream_io outcome = co_await connection_.transport->read_some(into, room);
            document.commit(outcome.bytes);
            parser_.passed(outcome.bytes);
            if (document.size() > most_bytes) co_return too_large;
            if (outcome.failure == asio::error::eof && !guard_->stopped()) {
                const result<void> ended = parser_.end_of_stream();
                if (!ended) co_return blame(ended.error());
            } else if (outcome.failure) {
                co_return blame(broken(outcome.failure));
            }
            continue;
        }
        const auto piece = co_await receive_some();
        if (!piece) co_return piece.error();
        if (piece->empty()) co_return document.finish();
        if (document.size() + piece->size() > most_bytes) co_return too_large;
        document.append(*piece);
    }
}

upstream_exchange::ending upstream_exchange::finish(bool request_complete) {
    const bool usable = request_complete && parser_.may_keep_connection() && !guard_->stopped();
    watch_.reset();
    // A kept connection may be idle for long.
    connection_.received.shrink();
    return {usable, http_1_1_, keep_alive_};
}

void upstream_exchange::settle(upstream_lease& lease, bool request_complete) {
    const ending left = finish(request_complete);
    if (left.usable && connection_.received.empty()) lease.give_back(left.keep_alive);
}

}  // namespace nearside::proxy
