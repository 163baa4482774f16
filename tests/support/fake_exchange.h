// A client as a handler sees it, without sockets: what it sends is given, what it gets is kept.
#pragma once

#include "proxy/exchange.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <utility>

namespace nearside::testing {

class fake_exchange final : public proxy::exchange {
public:
    explicit fake_exchange(const boost::asio::any_io_executor& executor)
        : more_body(executor, steady_time::max()), writable(executor, steady_time::max()) {
        request.method = "GET";
        request.target = "/";
        request.fields.append("Host", "near.example");
    }

    // What the client sends.
    request_head request;
    std::deque<std::string> body_pieces;
    bool sends_body = false;
    std::optional<std::uint64_t> told_length = 0;
    bool body_ends = true;             // false: after the pieces the client is silent until more_body is cancelled
    std::optional<errc> body_failure;  // after the pieces
    boost::asio::steady_timer more_body;
    // How it takes the answer.
    bool gone = false;  // writes fail
    bool slow = false;  // a write waits until writable is cancelled
    std::size_t room_bytes = std::size_t{1024} * 1024;
    boost::asio::steady_timer writable;
    std::function<void()> on_gone_call;  // what the handler wants called when the client leaves

    // What it got.
    response_head answer;
    std::string content;
    std::optional<std::uint64_t> length;
    bool started = false;
    bool finished = false;
    bool aborted = false;
    bool whole = false;
    bool read_cancelled = false;
    std::size_t largest_piece = 0;
    std::size_t taken_pieces = 0;

    request_head& head() noexcept override { return request; }
    wall_time received_at() const noexcept override { return {}; }
    std::uint64_t id() const noexcept override { return 1; }
    const std::string& peer_address() const noexcept override { return peer_; }
    std::string_view scheme() const noexcept override { return "http"; }
    std::string_view authority() const noexcept override { return "near.example"; }
    void on_gone(std::function<void()> call) override { on_gone_call = std::move(call); }
    bool has_body() const noexcept override { return sends_body; }
    std::optional<std::uint64_t> body_length() const noexcept override { return told_length; }

    boost::asio::awaitable<result<std::string_view>> read_body() override {
        if (body_pieces.empty() && !body_ends && !read_cancelled) {
            co_await more_body.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
        }
        if (read_cancelled) co_return error{errc::cancelled, {}};
        if (!body_pieces.empty()) {
            current_ = std::move(body_pieces.front());
            body_pieces.pop_front();
            ++taken_pieces;
            co_return std::string_view(current_);
        }
        if (body_failure) co_return error{*body_failure, {}};
        co_return std::string_view{};
    }

    void cancel_read() noexcept override {
        read_cancelled = true;
        more_body.cancel();
    }

    header_fields& extra_fields() noexcept override { return extra_; }
    void respond(response_head head, body given) override {
        whole = true;
        answer = std::move(head);
        content = given.to_string();
    }
    void respond_stored(std::shared_ptr<const void>, const head_view&, const body&) override {}
    boost::asio::awaitable<result<void>> send_interim(response_head) override { co_return result<void>{}; }
    boost::asio::awaitable<result<void>> start(response_head head, std::optional<std::uint64_t> told) override {
        started = true;
        answer = std::move(head);
        length = told;
        co_return taken();
    }
    boost::asio::awaitable<result<void>> write(std::string_view bytes) override {
        if (slow) co_await writable.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
        largest_piece = std::max(largest_piece, bytes.size());
        content += bytes;
        co_return taken();
    }
    std::size_t room() const noexcept override { return slow ? 0 : room_bytes; }
    boost::asio::awaitable<result<void>> finish_with(header_fields) override {
        finished = true;
        co_return taken();
    }
    void abort() noexcept override { aborted = true; }

private:
    result<void> taken() const {
        if (gone) return error{errc::closed_early, "the client is gone"};
        return {};
    }

    std::string peer_ = "192.0.2.7";
    std::string current_;
    header_fields extra_;
};

}  // namespace nearside::testing
