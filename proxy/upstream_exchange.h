// One request and its response on one upstream connection. Timeouts are the guard's; a failure names why.
// Owned by the call, on its executor. Sending and receiving may overlap; each only once at a time.
#pragma once

#include "core/body.h"
#include "core/error.h"
#include "core/http_message.h"
#include "proxy/call_guard.h"
#include "proxy/response_parser.h"
#include "proxy/upstream_connection.h"
#include "proxy/upstream_pool.h"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace nearside::proxy {

class upstream_exchange {
public:
    static constexpr std::size_t read_at_once = std::size_t{64} * 1024;

    // The connection outlives the exchange.
    upstream_exchange(upstream_connection& connection, std::shared_ptr<call_guard> guard, bool to_head);

    // The bytes must stay until it is done.
    boost::asio::awaitable<result<void>> send(std::string_view bytes);
    // The final head; interim ones (RFC 9110 15.2) are passed over.
    boost::asio::awaitable<result<response_head>> receive_head();
    // The next head, interim (1xx) or final.
    boost::asio::awaitable<result<response_head>> receive_next_head();
    // The next piece of the body, valid until the next call; empty when the response is complete. No more than `most`
    // bytes are read at once; what came with the head may be more.
    boost::asio::awaitable<result<std::string_view>> receive_some(std::size_t most = read_at_once);
    // The rest of the body. Errors: response_too_large, as early as Content-Length tells.
    boost::asio::awaitable<result<buffer>> receive_all(std::uint64_t most_bytes);

    const response_parser& parser() const noexcept { return parser_; }
    std::uint64_t bytes_sent() const noexcept { return sent_; }
    bool answered() const noexcept { return answered_; }
    // How an exchange left its connection.
    struct ending {
        bool usable = false;  // the response is complete, and another call may follow
        bool http_1_1 = false;
        std::optional<milliseconds> keep_alive{};  // the upstream's own word, less a margin for the way there
    };
    // The exchange is over, whatever comes of the guard. `request_complete`: all of it was sent.
    ending finish(bool request_complete = true);
    // The same, and gives the connection back to `lease`, which it came from, where nothing came after the response.
    void settle(upstream_lease& lease, bool request_complete = true);

private:
    error broken(const boost::system::error_code& failure) const;
    void heard();
    // The same error, after the upstream's health was told of it.
    error blame(error failure);
    boost::asio::awaitable<result<void>> read_more(std::size_t most);

    upstream_connection& connection_;
    std::shared_ptr<call_guard> guard_;
    std::optional<call_guard::watch> watch_;
    response_parser parser_;
    std::uint64_t sent_ = 0;
    bool answered_ = false;
    bool http_1_1_ = false;
    std::optional<milliseconds> keep_alive_;  // `Keep-Alive: timeout=`
};

}  // namespace nearside::proxy
