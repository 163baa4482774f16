#include "proxy/upstream_transport.h"

#include "proxy/tls_client.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <poll.h>
#include <string>
#include <sys/socket.h>

namespace nearside::proxy {

namespace asio = boost::asio;

namespace {

constexpr auto as_values = asio::as_tuple(asio::use_awaitable);

// What poll() tells without reading: a close waits behind bytes that nobody has read yet, too.
enum class socket_state { quiet, readable, closed };

socket_state look_at(int descriptor) noexcept {
    pollfd asked{descriptor, POLLIN | POLLRDHUP, 0};
    if (::poll(&asked, 1, 0) <= 0) return socket_state::quiet;
    if ((asked.revents & (POLLRDHUP | POLLHUP | POLLERR | POLLNVAL)) != 0) return socket_state::closed;
    return (asked.revents & POLLIN) != 0 ? socket_state::readable : socket_state::quiet;
}

const void* reactor_of(asio::ip::tcp::socket& socket) noexcept {
    return &asio::query(socket.get_executor(), asio::execution::context);
}

void close_socket(asio::ip::tcp::socket& socket) noexcept {
    boost::system::error_code ignored;
    socket.close(ignored);
}

class plain final : public upstream_transport {
public:
    explicit plain(asio::ip::tcp::socket socket) : socket_(std::move(socket)), reactor_(reactor_of(socket_)) {}

    asio::awaitable<std::size_t> incoming() override {
        std::size_t there = available();
        if (there == 0 && socket_.is_open()) {
            // Whatever comes of it, reading tells.
            co_await socket_.async_wait(asio::ip::tcp::socket::wait_read, as_values);
            there = available();
        }
        co_return std::max<std::size_t>(there, 1);
    }

    asio::awaitable<upstream_io> read_some(char* into, std::size_t room) override {
        // Asio would let all others of this thread have their turn with what is read already: as many filled buffers.
        if (read_in_turn_ < turn_bytes && socket_.is_open()) {
            const auto count = ::recv(socket_.native_handle(), into, room, MSG_DONTWAIT);
            if (count > 0) {
                read_in_turn_ += static_cast<std::size_t>(count);
                co_return upstream_io{{}, static_cast<std::size_t>(count)};
            }
        }
        read_in_turn_ = 0;
        const auto [failure, count] = co_await socket_.async_read_some(asio::buffer(into, room), as_values);
        co_return upstream_io{failure, count};
    }

    asio::awaitable<upstream_io> write_all(std::string_view bytes) override {
        // A request head nearly always fits into the socket's buffer: then this is all, without a turn of the loop.
        std::size_t sent = 0;
        if (socket_.is_open()) {
            const auto taken = ::send(socket_.native_handle(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
            if (taken > 0) sent = static_cast<std::size_t>(taken);
        }
        if (sent == bytes.size()) co_return upstream_io{{}, sent};
        const auto rest = asio::buffer(bytes.data() + sent, bytes.size() - sent);
        const auto [failure, count] = co_await asio::async_write(socket_, rest, as_values);
        co_return upstream_io{failure, sent + count};
    }

    void close() noexcept override { close_socket(socket_); }

    bool seems_alive() noexcept override {
        return socket_.is_open() && look_at(socket_.native_handle()) == socket_state::quiet;
    }

    const void* reactor() const noexcept override { return reactor_; }

private:
    std::size_t available() const noexcept {
        boost::system::error_code ignored;
        return socket_.available(ignored);
    }

    // What is read before others have a turn.
    static constexpr std::size_t turn_bytes = std::size_t{1024} * 1024;

    asio::ip::tcp::socket socket_;
    std::size_t read_in_turn_ = 0;
    const void* reactor_;
};

class tls final : public upstream_transport {
public:
    tls(asio::ip::tcp::socket socket, std::shared_ptr<tls_client> client)
        : client_(std::move(client)),
          stream_(std::move(socket), client_->context()),
          reactor_(reactor_of(stream_.next_layer())) {}

    // Without this OpenSSL takes the session for a broken one and won't resume it.
    ~tls() override { SSL_set_shutdown(stream_.native_handle(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN); }

    asio::awaitable<result<void>> handshake(std::shared_ptr<call_guard> guard) {
        SSL* connection = stream_.native_handle();
        const result<void> prepared = client_->prepare(connection);
        if (!prepared) co_return prepared.error();
        const call_guard::watch watching(*guard, *this);
        const auto [failure] = co_await stream_.async_handshake(asio::ssl::stream_base::client, as_values);
        if (!failure) co_return result<void>{};
        if (guard->stopped()) co_return error{guard->why(errc::tls_failed), "during the TLS handshake"};
        const long verdict = SSL_get_verify_result(connection);
        if (verdict != X509_V_OK) co_return error{errc::tls_failed, X509_verify_cert_error_string(verdict)};
        co_return error{errc::tls_failed, failure.message()};
    }

    asio::awaitable<std::size_t> incoming() override { co_return std::size_t{0}; }

    asio::awaitable<upstream_io> read_some(char* into, std::size_t room) override {
        const auto [failure, count] = co_await stream_.async_read_some(asio::buffer(into, room), as_values);
        co_return upstream_io{failure, count};
    }

    asio::awaitable<upstream_io> write_all(std::string_view bytes) override {
        const auto whole = asio::buffer(bytes.data(), bytes.size());
        const auto [failure, count] = co_await asio::async_write(stream_, whole, as_values);
        co_return upstream_io{failure, count};
    }

    void close() noexcept override { close_socket(stream_.next_layer()); }

    bool seems_alive() noexcept override {
        auto& socket = stream_.next_layer();
        return socket.is_open() && look_at(socket.native_handle()) != socket_state::closed;
    }

    // Asked of a stream that is not changed by it; OpenSSL's signature only lacks the const.
    bool resumed_session() const noexcept override {
        return SSL_session_reused(const_cast<tls*>(this)->stream_.native_handle()) == 1;
    }

    const void* reactor() const noexcept override { return reactor_; }

private:
    std::shared_ptr<tls_client> client_;
    asio::ssl::stream<asio::ip::tcp::socket> stream_;
    const void* reactor_;
};

}  // namespace

std::unique_ptr<upstream_transport> plain_upstream_transport(asio::ip::tcp::socket socket) {
    return std::make_unique<plain>(std::move(socket));
}

asio::awaitable<result<std::unique_ptr<upstream_transport>>> tls_upstream_transport(asio::ip::tcp::socket socket,
                                                                                    std::shared_ptr<tls_client> client,
                                                                                    std::shared_ptr<call_guard> guard) {
    auto made = std::make_unique<tls>(std::move(socket), std::move(client));
    const result<void> shaken = co_await made->handshake(std::move(guard));
    if (!shaken) co_return shaken.error();
    co_return std::unique_ptr<upstream_transport>(std::move(made));
}

}  // namespace nearside::proxy
