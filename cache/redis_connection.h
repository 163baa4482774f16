// One connection to a Redis server or a Sentinel: its bytes, plain or TLS, over TCP or a Unix socket, and its replies.
// Shared by the link or subscription that uses it and its own unfinished operations; one executor, which is one
// thread's.
#pragma once

#include "cache/redis_command.h"
#include "cache/redis_wire.h"
#include "core/clock.h"
#include "core/error.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace nearside::cache {

class redis_connection : public std::enable_shared_from_this<redis_connection> {
public:
    using socket = boost::asio::generic::stream_protocol::socket;
    using address = boost::asio::generic::stream_protocol::endpoint;

    explicit redis_connection(boost::asio::any_io_executor home);

    // While it is opened: the addresses of a host; a connection to one of them; TLS on top of it.
    boost::asio::awaitable<result<std::vector<address>>> look_up(std::string host, std::string port);
    boost::asio::awaitable<result<void>> connect(address to);
    boost::asio::awaitable<result<void>> shake_hands(std::shared_ptr<boost::asio::ssl::context> context,
                                                     std::string server_name, bool verify);

    // Sends them all, and reads as many replies. For as long as nothing else reads or writes.
    boost::asio::awaitable<result<std::vector<redis_reply>>> ask(std::vector<redis_command> commands);
    // The next reply, of whatever Redis sends.
    boost::asio::awaitable<result<redis_reply>> read();
    // Reads what is there, at least one byte.
    boost::asio::awaitable<boost::system::error_code> fill();
    // All of it; one at a time.
    void write(std::vector<slice> pieces, std::function<void(const boost::system::error_code&)> done);

    redis_reply_reader& replies() noexcept { return replies_; }
    // Ends what is under way, with a failure; for good.
    void close() noexcept;
    bool closed() const noexcept { return closed_; }

    // Ends what is under way when the time comes, unless it is gone by then.
    class time_limit {
    public:
        time_limit(std::shared_ptr<redis_connection> over, steady_time due);
        bool passed() const noexcept { return *passed_; }

    private:
        std::shared_ptr<bool> passed_ = std::make_shared<bool>(false);
        boost::asio::steady_timer timer_;
    };

private:
    void end_operations() noexcept;
    boost::asio::awaitable<boost::system::error_code> write_all(std::vector<slice> pieces);

    const boost::asio::any_io_executor home_;
    socket socket_;
    boost::asio::ip::tcp::resolver resolver_;
    std::shared_ptr<boost::asio::ssl::context> context_;
    std::optional<boost::asio::ssl::stream<socket&>> tls_;
    redis_reply_reader replies_;
    bool closed_ = false;
};

}  // namespace nearside::cache
