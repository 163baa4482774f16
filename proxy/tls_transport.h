// TLS over TCP, by OpenSSL on a non-blocking socket. Owned by its client_stream, which owns the socket, too; on the
// connection's thread only.
#pragma once

#include "proxy/tls_server.h"
#include "proxy/transport.h"

namespace nearside::proxy {

class tls_transport final : public transport {
public:
    using connection = std::unique_ptr<ssl_st, tls_server::free_connection>;
    tls_transport(int socket, connection ssl, std::shared_ptr<const tls_server> from) noexcept;

    io_outcome handshake() noexcept override;
    io_outcome read(std::span<char> into) noexcept override;
    io_outcome write(std::span<const iovec> parts, bool more) noexcept override;
    void end() noexcept override;
    bool holds_input() const noexcept override;
    bool secure() const noexcept override { return true; }
    std::string_view protocol() const noexcept override;

private:
    io_outcome outcome_of(int returned, std::size_t bytes) noexcept;

    int socket_;
    std::shared_ptr<const tls_server> from_;  // outlives ssl_
    connection ssl_;
    bool broken_ = false;
};

}  // namespace nearside::proxy
