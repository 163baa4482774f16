// The bytes of one client connection without waiting: plain TCP or TLS over it. Each call does what the socket allows
// now and says what it would have to wait for. The socket belongs to client_stream, which does the waiting.
// One connection, one thread.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <sys/uio.h>

namespace nearside::proxy {

class tls_server;

enum class io_state {
    done,
    want_read,   // again when the socket is readable
    want_write,  // again when it is writable
    ended,       // the client will send no more
    failed,      // reset, or TLS broken
};

struct io_outcome {
    io_state is = io_state::failed;
    std::size_t bytes = 0;  // of a read or write that is done
};

class transport {
public:
    virtual ~transport() = default;
    virtual io_outcome handshake() noexcept = 0;
    virtual io_outcome read(std::span<char> into) noexcept = 0;
    // Writes some of `parts`. After want_* the next call must start with the same bytes. `more`: further bytes of this
    // message follow at once.
    virtual io_outcome write(std::span<const iovec> parts, bool more) noexcept = 0;
    // Tells the client that no more comes: close_notify, FIN.
    virtual void end() noexcept = 0;
    // Whether a read may give bytes although the socket has none.
    virtual bool holds_input() const noexcept = 0;
    virtual bool secure() const noexcept = 0;
    // What ALPN chose; empty when nothing.
    virtual std::string_view protocol() const noexcept = 0;
};

// `tls` null: plain. Null when memory is out.
std::unique_ptr<transport> make_transport(int socket, const std::shared_ptr<const tls_server>& tls);

}  // namespace nearside::proxy
