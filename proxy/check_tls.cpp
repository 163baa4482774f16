#include "proxy/check_tls.h"

#include "proxy/tls_server.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>

namespace nearside::proxy {

namespace {

using config::quote;

class tls_checker {
public:
    explicit tls_checker(config::complaint_list& complaints) : complaints_(complaints) {}

    void check_listener(const std::optional<config::tls_files>& files) {
        if (!files || told(files->certificate_at) || told(files->key_at)) return;
        const std::optional<tls_fault> found = tls_server::find_fault(*files);
        if (!found) return;
        const bool of_key = found->of != tls_fault::part::certificate;
        const std::string& file = of_key ? files->key : files->certificate;
        const config::position& at = of_key ? files->key_at : files->certificate_at;
        if (found->encrypted) {
            complaints_.push_back({at, quote(file) + " is encrypted, and nobody is there to give its pass phrase",
                                   "decrypt it with `openssl pkey -in FILE -out NEW_FILE`, and name that"});
        } else if (found->of == tls_fault::part::pair) {
            complaints_.push_back({at, quote(file) + " is not the key of the certificate " + quote(files->certificate),
                                   "name the key that the certificate was made for; in a chain, the server's own "
                                   "certificate comes first"});
        } else {
            complaints_.push_back(
                {at, quote(file) + " is no usable " + (of_key ? "key" : "certificate chain") + ": " + found->reason,
                 of_key ? "give the path of a PEM file with a whole private key"
                        : "give the path of a PEM file with whole certificates, the server's own "
                          "first"});
        }
    }

    void check_authorities(const std::string& file, const config::position& at) {
        if (file.empty() || told(at)) return;
        ERR_clear_error();
        const std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
        if (!context || SSL_CTX_load_verify_locations(context.get(), file.c_str(), nullptr) == 1) return;
        const char* const reason = ERR_reason_error_string(ERR_get_error());
        ERR_clear_error();
        complaints_.push_back(
            {at, quote(file) + " holds no usable certificates: " + (reason == nullptr ? "not usable" : reason),
             "give the path of a PEM file with whole certificates"});
    }

private:
    bool told(const config::position& at) const {
        return std::any_of(complaints_.begin(), complaints_.end(),
                           [&](const config::complaint& each) { return each.at == at; });
    }

    config::complaint_list& complaints_;
};

}  // namespace

void check_tls(const config::settings& all, config::complaint_list& complaints) {
    tls_checker checker(complaints);
    checker.check_listener(all.server.tls);
    checker.check_listener(all.admin.tls);
    for (const config::upstream_settings& each : all.upstreams)
        checker.check_authorities(each.tls.ca_file, each.tls.ca_at);
    if (all.cache.redis)
        checker.check_authorities(all.cache.redis->verification.ca_file, all.cache.redis->verification.ca_at);
}

}  // namespace nearside::proxy
