// The server's TLS: certificate, protocol versions, session tickets and ALPN, loaded once and shared by
// all its connections.
// Immutable after loading; any thread may start connections from it.
#pragma once

#include "config/settings.h"
#include "core/error.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

struct bio_method_st;
struct ssl_ctx_st;
struct ssl_st;

namespace nearside::proxy {

// Why the files of a listener can't be used.
struct tls_fault {
    enum class part { certificate, key, pair };
    part of = part::certificate;
    bool encrypted = false;  // it wants a pass phrase
    std::string reason;      // OpenSSL's
};

class tls_server {
public:
    static std::optional<tls_fault> find_fault(const config::tls_files& files);
    // `protocols`: what ALPN may choose, most wanted first (RFC 7301), e.g. {"http/1.1"}. Fails with tls_failed and a
    // detail that names the file.
    static result<std::shared_ptr<const tls_server>> load(const config::tls_files& files,
                                                          const std::vector<std::string>& protocols);
    tls_server(const tls_server&) = delete;
    tls_server& operator=(const tls_server&) = delete;

    struct free_connection {
        void operator()(ssl_st* connection) const noexcept;
    };
    // A server-side connection that reads and writes `socket` without blocking and without SIGPIPE; the socket stays
    // the caller's. Null when memory is out.
    std::unique_ptr<ssl_st, free_connection> connect(int socket) const;

private:
    tls_server() = default;

    struct free_method {
        void operator()(bio_method_st* method) const noexcept;
    };
    struct free_context {
        void operator()(ssl_ctx_st* context) const noexcept;
    };
    std::unique_ptr<ssl_ctx_st, free_context> context_;
    std::unique_ptr<bio_method_st, free_method> socket_method_;
    std::string alpn_;  // wire form: each name preceded by its length
};

}  // namespace nearside::proxy
