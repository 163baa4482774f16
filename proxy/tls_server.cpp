#include "proxy/tls_server.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <sys/socket.h>

namespace nearside::proxy {

namespace {

int socket_of(BIO* bio) noexcept {
    return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio)));
}

// OpenSSL's own socket BIO writes with write(), which raises SIGPIPE; these send with MSG_NOSIGNAL.
int bio_write(BIO* bio, const char* bytes, int size) {
    BIO_clear_retry_flags(bio);
    const ssize_t count = ::send(socket_of(bio), bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_write(bio);
    return static_cast<int>(count);
}

int bio_read(BIO* bio, char* bytes, int size) {
    BIO_clear_retry_flags(bio);
    const ssize_t count = ::recv(socket_of(bio), bytes, static_cast<std::size_t>(size), 0);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_read(bio);
    if (count == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
    return static_cast<int>(count);
}

long bio_control(BIO* bio, int command, long, void*) {
    if (command == BIO_CTRL_FLUSH) return 1;
    if (command == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
    return 0;
}

BIO_METHOD* new_socket_method() {
    BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "non-blocking socket");
    if (method == nullptr) return nullptr;
    BIO_meth_set_write(method, bio_write);
    BIO_meth_set_read(method, bio_read);
    BIO_meth_set_ctrl(method, bio_control);
    return method;
}

int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* chosen_size, const unsigned char* offered,
                    unsigned offered_size, void* wanted) {
    const std::string_view ours = *static_cast<const std::string*>(wanted);
    unsigned char* found = nullptr;
    const int outcome = SSL_select_next_proto(&found, chosen_size, reinterpret_cast<const unsigned char*>(ours.data()),
                                              static_cast<unsigned>(ours.size()), offered, offered_size);
    // RFC 7301 3.2: nothing in common ends the handshake, so that nobody speaks a protocol the other did not name.
    if (outcome != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_ALERT_FATAL;
    *chosen = found;
    return SSL_TLSEXT_ERR_OK;
}

error refused(std::string_view what, const std::string& file) {
    const unsigned long code = ERR_get_error();
    const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
    ERR_clear_error();
    std::string detail(what);
    if (!file.empty()) detail.append(" ").append(file);
    return {errc::tls_failed, detail.append(": ").append(reason == nullptr ? "not usable" : reason)};
}

tls_fault fault_of(tls_fault::part part, bool encrypted) {
    const unsigned long code = ERR_peek_last_error();
    const char* const reason = code == 0 ? nullptr : ERR_reason_error_string(code);
    const bool mismatch = ERR_GET_LIB(code) == ERR_LIB_X509 && (ERR_GET_REASON(code) == X509_R_KEY_VALUES_MISMATCH ||
                                                                ERR_GET_REASON(code) == X509_R_KEY_TYPE_MISMATCH);
    if (mismatch) part = tls_fault::part::pair;
    ERR_clear_error();
    return {part, encrypted, reason == nullptr ? "not usable" : reason};
}

// Without this, OpenSSL asks on the terminal; there may be nobody.
int never_ask(char*, int, int, void* asked) {
    if (asked != nullptr) *static_cast<bool*>(asked) = true;
    return -1;
}

std::optional<tls_fault> use_files(SSL_CTX* context, const config::tls_files& files) {
    bool asked = false;
    SSL_CTX_set_default_passwd_cb(context, never_ask);
    SSL_CTX_set_default_passwd_cb_userdata(context, &asked);
    std::optional<tls_fault> found;
    if (SSL_CTX_use_certificate_chain_file(context, files.certificate.c_str()) != 1) {
        found = fault_of(tls_fault::part::certificate, asked);
    } else if (SSL_CTX_use_PrivateKey_file(context, files.key.c_str(), SSL_FILETYPE_PEM) != 1) {
        found = fault_of(tls_fault::part::key, asked);
    } else if (SSL_CTX_check_private_key(context) != 1) {
        found = fault_of(tls_fault::part::pair, asked);
    }
    SSL_CTX_set_default_passwd_cb_userdata(context, nullptr);
    return found;
}

}  // namespace

std::optional<tls_fault> tls_server::find_fault(const config::tls_files& files) {
    ERR_clear_error();
    const std::unique_ptr<SSL_CTX, free_context> context(SSL_CTX_new(TLS_server_method()));
    if (!context) return fault_of(tls_fault::part::certificate, false);
    return use_files(context.get(), files);
}

void tls_server::free_method::operator()(bio_method_st* method) const noexcept {
    BIO_meth_free(method);
}
void tls_server::free_context::operator()(ssl_ctx_st* context) const noexcept {
    SSL_CTX_free(context);
}
void tls_server::free_connection::operator()(ssl_st* connection) const noexcept {
    SSL_free(connection);
}

result<std::shared_ptr<const tls_server>> tls_server::load(const config::tls_files& files,
                                                           const std::vector<std::string>& protocols) {
    ERR_clear_error();
    std::shared_ptr<tls_server> made(new tls_server);
    made->context_.reset(SSL_CTX_new(TLS_server_method()));
    made->socket_method_.reset(new_socket_method());
    SSL_CTX* context = made->context_.get();
    if (context == nullptr || made->socket_method_ == nullptr) return refused("TLS cannot be set up", {});

    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                     SSL_OP_PRIORITIZE_CHACHA);
    // Idle connections give their record buffers back; a write may be taken up again from another place in memory.
    SSL_CTX_set_mode(context,
                     SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_read_ahead(context, 1);
    // Sessions live in tickets alone (RFC 5077, RFC 8446 4.6.1), so that resumption holds no memory here.
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    static constexpr std::string_view session_id_context = "nearside";
    SSL_CTX_set_session_id_context(context, reinterpret_cast<const unsigned char*>(session_id_context.data()),
                                   session_id_context.size());

    if (const std::optional<tls_fault> found = use_files(context, files)) {
        const bool of_key = found->of != tls_fault::part::certificate;
        return error{errc::tls_failed, (of_key ? "key " + files.key : "certificate " + files.certificate) + ": " +
                                           (found->encrypted ? "it is encrypted" : found->reason)};
    }

    for (const std::string& name : protocols)
        made->alpn_.append(1, static_cast<char>(name.size())).append(name);
    if (!made->alpn_.empty()) SSL_CTX_set_alpn_select_cb(context, choose_protocol, &made->alpn_);
    return std::shared_ptr<const tls_server>(std::move(made));
}

std::unique_ptr<ssl_st, tls_server::free_connection> tls_server::connect(int socket) const {
    std::unique_ptr<ssl_st, free_connection> made(SSL_new(context_.get()));
    BIO* bio = made == nullptr ? nullptr : BIO_new(socket_method_.get());
    if (bio == nullptr) return nullptr;
    // NOLINTNEXTLINE(performance-no-int-to-ptr): what a BIO keeps is a pointer, and here it is the socket
    BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(socket)));
    BIO_set_init(bio, 1);
    SSL_set_bio(made.get(), bio, bio);
    SSL_set_accept_state(made.get());
    return made;
}

}  // namespace nearside::proxy
