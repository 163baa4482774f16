// TCP as it is. Owned by its client_stream, which owns the socket, too; on the connection's thread only.
#pragma once

#include "proxy/transport.h"

namespace nearside::proxy {

class plain_transport final : public transport {
public:
    explicit plain_transport(int socket) noexcept : socket_(socket) {}

    io_outcome handshake() noexcept override { return {io_state::done, 0}; }
    io_outcome read(std::span<char> into) noexcept override;
    io_outcome write(std::span<const iovec> parts, bool more) noexcept override;
    void end() noexcept override;
    bool holds_input() const noexcept override { return false; }
    bool secure() const noexcept override { return false; }
    std::string_view protocol() const noexcept override { return {}; }

private:
    int socket_;
};

}  // namespace nearside::proxy
