#include "proxy/tls_transport.h"

#include "proxy/plain_transport.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <sys/socket.h>
#include <utility>

namespace nearside::proxy {

namespace {

// Plaintext of one record (RFC 8446 5.1): small pieces are copied together up to it, because each write is a record.
constexpr std::size_t record_size = 16 * 1024;

}  // namespace

tls_transport::tls_transport(int socket, connection ssl, std::shared_ptr<const tls_server> from) noexcept
    : socket_(socket), from_(std::move(from)), ssl_(std::move(ssl)) {}

io_outcome tls_transport::outcome_of(int returned, std::size_t bytes) noexcept {
    if (returned > 0) return {io_state::done, bytes};
    switch (SSL_get_error(ssl_.get(), returned)) {
        case SSL_ERROR_WANT_READ:
            return {io_state::want_read, 0};
        case SSL_ERROR_WANT_WRITE:
            return {io_state::want_write, 0};
        case SSL_ERROR_ZERO_RETURN:
            return {io_state::ended, 0};
        default:
            // After these OpenSSL forbids further calls on the connection, SSL_shutdown among them.
            broken_ = true;
            return {io_state::failed, 0};
    }
}

io_outcome tls_transport::handshake() noexcept {
    ERR_clear_error();
    const int returned = SSL_accept(ssl_.get());
    return outcome_of(returned, 0);
}

io_outcome tls_transport::read(std::span<char> into) noexcept {
    if (broken_) return {io_state::failed, 0};
    ERR_clear_error();
    std::size_t count = 0;
    const int returned = SSL_read_ex(ssl_.get(), into.data(), into.size(), &count);
    return outcome_of(returned, count);
}

io_outcome tls_transport::write(std::span<const iovec> parts, bool) noexcept {
    if (broken_) return {io_state::failed, 0};
    const void* bytes = parts.front().iov_base;
    std::size_t size = parts.front().iov_len;
    std::array<char, record_size> together;
    if (size < record_size && parts.size() > 1) {
        size = 0;
        for (const iovec& part : parts) {
            const std::size_t count = std::min(part.iov_len, together.size() - size);
            std::memcpy(together.data() + size, part.iov_base, count);
            size += count;
            if (size == together.size()) break;
        }
        bytes = together.data();
    }
    ERR_clear_error();
    std::size_t written = 0;
    const int returned = SSL_write_ex(ssl_.get(), bytes, size, &written);
    return outcome_of(returned, written);
}

void tls_transport::end() noexcept {
    if (!broken_ && SSL_is_init_finished(ssl_.get()) == 1) {
        ERR_clear_error();
        SSL_shutdown(ssl_.get());
    }
    ::shutdown(socket_, SHUT_WR);
}

bool tls_transport::holds_input() const noexcept {
    return SSL_has_pending(ssl_.get()) == 1;
}

std::string_view tls_transport::protocol() const noexcept {
    const unsigned char* name = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(ssl_.get(), &name, &size);
    return {reinterpret_cast<const char*>(name), size};
}

std::unique_ptr<transport> make_transport(int socket, const std::shared_ptr<const tls_server>& tls) {
    if (tls == nullptr) return std::make_unique<plain_transport>(socket);
    auto ssl = tls->connect(socket);
    if (ssl == nullptr) return nullptr;
    return std::make_unique<tls_transport>(socket, std::move(ssl), tls);
}

}  // namespace nearside::proxy
