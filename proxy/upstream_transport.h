// The bytes of one upstream connection, plain or TLS, behind one interface, so that nothing above knows which.
// Owned by its upstream_connection. One call at a time uses it, on any io thread: completions come on the executor of
// the awaiting coroutine. One read and one write may run at once, both on that executor.
#pragma once

#include "core/error.h"
#include "proxy/call_guard.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <memory>
#include <string_view>

namespace nearside::proxy {

class tls_client;

struct upstream_io {
    boost::system::error_code failure;
    std::size_t bytes = 0;
};

class upstream_transport : public interruptible {
public:
    virtual ~upstream_transport() = default;
    // Until read_some() has something to tell: about how many bytes it will be, so that nobody who waits needs to hold
    // room for them. 0: not known before they are read (TLS).
    virtual boost::asio::awaitable<std::size_t> incoming() = 0;
    // At least one byte, or a failure; asio::error::eof where the upstream closed in good order (with TLS: after its
    // close_notify).
    virtual boost::asio::awaitable<upstream_io> read_some(char* into, std::size_t room) = 0;
    // All of them, or a failure; `bytes` tells how many went out before it.
    virtual boost::asio::awaitable<upstream_io> write_all(std::string_view bytes) = 0;
    // Ends what is in progress, with a failure. Nothing can be read or written afterwards.
    virtual void close() noexcept = 0;
    // False once the upstream has closed, or has sent what nobody asked for. With TLS waiting bytes are taken for
    // session tickets. A system call; doesn't block.
    virtual bool seems_alive() noexcept = 0;
    virtual bool resumed_session() const noexcept { return false; }
    // The io_context whose reactor watches the socket; only to be compared.
    virtual const void* reactor() const noexcept = 0;

    void interrupt() noexcept final { close(); }
};

std::unique_ptr<upstream_transport> plain_upstream_transport(boost::asio::ip::tcp::socket socket);
// Shakes hands on a connected socket. Errors: tls_failed with OpenSSL's reason, or why the guard ended it.
boost::asio::awaitable<result<std::unique_ptr<upstream_transport>>> tls_upstream_transport(
    boost::asio::ip::tcp::socket socket, std::shared_ptr<tls_client> tls, std::shared_ptr<call_guard> guard);

}  // namespace nearside::proxy
