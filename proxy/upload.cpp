#include "proxy/upload.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>
#include <charconv>
#include <exception>
#include <string>

namespace nearside::proxy {

namespace asio = boost::asio;

void upload::start(exchange& client, upstream_exchange& upstream, std::shared_ptr<call_guard> guard,
                   const config::upstream_timeouts& timeout, std::function<void(std::string_view)> seen) {
    client_ = &client;
    seen_ = std::move(seen);
    upstream_ = &upstream;
    guard_ = std::move(guard);
    timeout_ = timeout;
    started_ = running_ = true;
    asio::co_spawn(guard_->home(), run(shared_from_this()), asio::detached);
}

asio::awaitable<void> upload::join() {
    stopping_ = true;
    if (running_) client_->cancel_read();
    while (running_)
        co_await ended_.async_wait(asio::as_tuple(asio::use_awaitable));
}

asio::awaitable<void> upload::run(std::shared_ptr<upload> self) {
    // Whatever happens, whoever joins must not wait for ever.
    try {
        co_await self->pump();
    } catch (const std::exception&) {
        self->guard_->stop(errc::internal);
    }
    self->running_ = false;
    self->ended_.cancel();
}

asio::awaitable<void> upload::pump() {
    const bool chunked = !client_->body_length().has_value();
    std::string framed;
    while (!stopping_ && !guard_->stopped()) {
        // The client's own timeouts bound this wait, not the upstream's.
        guard_->move_total(steady_time::max());
        const auto piece = co_await client_->read_body();
        if (stopping_) co_return;
        if (!piece) {
            const errc why = piece.error().code;
            guard_->stop(why == errc::closed_early ? errc::cancelled : why);
            co_return;
        }
        guard_->move_total(steady_now() + timeout_.total);
        std::string_view bytes = *piece;
        if (seen_) seen_(bytes);
        if (chunked) {
            std::array<char, 16> digits{};
            char* const end = std::to_chars(digits.data(), digits.data() + digits.size(), piece->size(), 16).ptr;
            framed.assign(digits.data(), end).append("\r\n").append(*piece).append("\r\n");
            bytes = framed;
        }
        if (!bytes.empty()) {
            const result<void> sent = co_await upstream_->send(bytes);
            // The upstream may have answered already and close on purpose: what it says is for the receiver to find.
            if (!sent) co_return;
        }
        if (piece->empty()) {
            complete_ = true;
            if (!upstream_->answered())
                guard_->enter_phase(steady_now() + timeout_.first_byte, errc::first_byte_timeout);
            co_return;
        }
    }
}

}  // namespace nearside::proxy
