#include "proxy/tls_client.h"

#include "config/address.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

namespace nearside::proxy {

namespace {

constexpr std::size_t most_sessions = 32;

// Where a context keeps its tls_client; app_data is Asio's own.
int owner_index() {
    static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
    return index;
}

error failed(std::string_view doing) {
    const unsigned long code = ERR_get_error();
    const char* reason = code != 0 ? ERR_reason_error_string(code) : nullptr;
    std::string detail(doing);
    if (reason != nullptr) detail.append(": ").append(reason);
    ERR_clear_error();
    return {errc::tls_failed, std::move(detail)};
}

std::string without_brackets(std::string host) {
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') return host.substr(1, host.size() - 2);
    return host;
}

}  // namespace

tls_client::tls_client() : context_(boost::asio::ssl::context::tls_client) {}

tls_client::~tls_client() {
    for (SSL_SESSION* each : sessions_)
        SSL_SESSION_free(each);
}

result<std::shared_ptr<tls_client>> tls_client::create(const config::upstream_settings& upstream) {
    std::shared_ptr<tls_client> made(new tls_client);
    SSL_CTX* context = made->context_.native_handle();
    made->verify_ = upstream.tls.verify;
    made->name_ = without_brackets(upstream.tls.server_name.empty() ? upstream.host : upstream.tls.server_name);

    if (SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1) return failed("TLS 1.2 cannot be demanded");
    if (made->verify_) {
        const bool trusting = upstream.tls.ca_file.empty()
                                  ? SSL_CTX_set_default_verify_paths(context) == 1
                                  : SSL_CTX_load_verify_locations(context, upstream.tls.ca_file.c_str(), nullptr) == 1;
        if (!trusting) {
            return failed(upstream.tls.ca_file.empty() ? "the system's CA certificates cannot be read"
                                                       : "the CA file " + upstream.tls.ca_file + " cannot be read");
        }
    }
    SSL_CTX_set_verify(context, made->verify_ ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
    SSL_CTX_set_ex_data(context, owner_index(), made.get());
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context, &tls_client::on_new_session);
    return made;
}

result<void> tls_client::prepare(SSL* connection) {
    static constexpr unsigned char protocols[] = "\x08http/1.1";
    if (SSL_set_alpn_protos(connection, protocols, sizeof protocols - 1) != 0) return failed("ALPN");
    const bool address = config::is_ip_address(name_);
    // RFC 6066 3: no addresses in server_name.
    if (!address && SSL_set_tlsext_host_name(connection, name_.c_str()) != 1) return failed("SNI");
    if (verify_) {
        X509_VERIFY_PARAM* rules = SSL_get0_param(connection);
        X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
        const int named = address ? X509_VERIFY_PARAM_set1_ip_asc(rules, name_.c_str())
                                  : X509_VERIFY_PARAM_set1_host(rules, name_.c_str(), name_.size());
        if (named != 1) return failed("the name to verify");
    }
    if (SSL_SESSION* kept = take_session()) {
        SSL_set_session(connection, kept);
        SSL_SESSION_free(kept);
    }
    return {};
}

SSL_SESSION* tls_client::take_session() {
    const std::lock_guard lock(mutex_);
    if (sessions_.empty()) return nullptr;
    SSL_SESSION* newest = sessions_.back();
    if (SSL_SESSION_get_protocol_version(newest) >= TLS1_3_VERSION) {
        sessions_.pop_back();
    } else {
        SSL_SESSION_up_ref(newest);
    }
    return newest;
}

int tls_client::on_new_session(SSL* connection, SSL_SESSION* session) {
    auto* self = static_cast<tls_client*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(connection), owner_index()));
    const std::lock_guard lock(self->mutex_);
    self->sessions_.push_back(session);
    if (self->sessions_.size() > most_sessions) {
        SSL_SESSION_free(self->sessions_.front());
        self->sessions_.pop_front();
    }
    return 1;  // the reference is ours now
}

}  // namespace nearside::proxy
