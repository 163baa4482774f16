// One call of a route to its upstream: on a kept connection, made again on a fresh one where that is safe, its answer
// read piece by piece at the pace of whoever reads. What a route's client gets passed through, and what fills the
// cache. Shared by its coroutine and whoever takes it over; lives on the executor `home`.
#pragma once

#include "core/error.h"
#include "core/http_message.h"
#include "proxy/call_guard.h"
#include "proxy/exchange.h"
#include "proxy/retry.h"
#include "proxy/upload.h"
#include "proxy/upstream_exchange.h"
#include "proxy/upstream_pool.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace nearside::proxy {

class route_call {
public:
    struct order {
        std::string head;    // the bytes of the request's head
        std::string method;  // of it
        call_priority priority = call_priority::foreground;
    };

    route_call(std::shared_ptr<upstream_pool> upstream, boost::asio::any_io_executor home, order what);
    ~route_call();
    route_call(const route_call&) = delete;
    route_call& operator=(const route_call&) = delete;

    call_guard& guard() noexcept { return *guard_; }
    const config::upstream_settings& upstream() const noexcept { return upstream_->settings(); }

    // Sends the request and reads the first head, interim (1xx) or final. `body_of`: the client whose request's body is
    // sent along, beside; null where there is none. It must live until close().
    // `seen` is shown that body's pieces; may be empty.
    boost::asio::awaitable<result<response_head>> open(exchange* body_of, std::function<void(std::string_view)> seen);
    // Some of the request has left, at whichever attempt: the upstream may have acted on it.
    bool sent_anything() const noexcept { return ever_sent_; }
    // After an interim head: the next one.
    boost::asio::awaitable<result<response_head>> next_head();

    // The next piece of the body, valid until the next call; empty when the response is complete. The upstream may take
    // `timeout.total` for each. `most`: of bytes to be read at once.
    boost::asio::awaitable<result<std::string_view>> receive_some(std::size_t most = upstream_exchange::read_at_once);
    // The reader has stopped reading for now: how long is not the upstream's fault.
    void pause() noexcept;
    // Of the body, where the head tells; nullopt too where the answer has none.
    std::optional<std::uint64_t> content_length() const noexcept;
    bool complete() const noexcept;
    // All of the body is here: receive_some() won't wait for the network before its end.
    bool has_whole_body() const noexcept;
    // After a complete response.
    const header_fields& trailers() const noexcept;

    // Gives the connection back where the response is complete, and ends what is left of the upload. Always, at the
    // end.
    boost::asio::awaitable<void> close();

private:
    boost::asio::awaitable<result<response_head>> attempt(exchange* body_of,
                                                          const std::function<void(std::string_view)>& seen);
    void note_progress() noexcept;

    const std::shared_ptr<upstream_pool> upstream_;
    const order order_;
    const std::shared_ptr<call_guard> guard_;
    attempt_facts facts_;  // of the latest attempt
    bool ever_sent_ = false;
    std::optional<upstream_lease> lease_;
    std::optional<upstream_exchange> exchange_;
    std::shared_ptr<upload> upload_;
};

}  // namespace nearside::proxy
