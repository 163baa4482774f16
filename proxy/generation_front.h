// What the public listener asks on one io thread: passes each request to the generation that this thread has turned to.
// One a thread, and only that thread touches it once the threads run, so that a hit takes no count and no lock for it.
// Owned by generations; outlives the server.
#pragma once

#include "proxy/exchange.h"
#include "proxy/generation.h"

#include <memory>
#include <optional>
#include <utility>

namespace nearside::proxy {

class generation_front final : public request_handler {
public:
    explicit generation_front(std::shared_ptr<generation> first) : current_(std::move(first)) {}

    bool try_handle(exchange& call) override { return current_->handler().try_handle(call); }
    boost::asio::awaitable<void> handle(exchange& call) override {
        std::shared_ptr<generation> hold = current_;
        auto answering = hold->handler().handle_but_streams(call);
        std::optional<begun_stream> begun = co_await std::move(answering);
        hold.reset();
        if (!begun) co_return;
        // It may outlive many generations.
        auto writing = stream_session::write(call, std::move(begun->session), std::move(begun->head));
        begun.reset();
        co_await std::move(writing);
    }
    void finished(exchange& call, const exchange_end& end) noexcept override {
        current_->handler().finished(call, end);
    }

    void turn_to(std::shared_ptr<generation> next) noexcept { current_.swap(next); }

private:
    std::shared_ptr<generation> current_;
};

}  // namespace nearside::proxy
