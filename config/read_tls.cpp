#include "config/reader.h"
#include "config/sections.h"

namespace nearside::config {

void read_tls(reader& listener, const std::string& where, std::optional<tls_files>& into,
              const section_context& context) {
    const node* section = listener.take_mapping("tls");
    if (section == nullptr) return;
    reader keys(*section, section->at, where, context.out);
    located<std::string> certificate;
    located<std::string> key;
    const bool has_certificate = keys.read("certificate", certificate);
    const bool has_key = keys.read("key", key);
    if (!keys.given("certificate")) keys.missing("certificate", "name a PEM file with the certificate chain");
    if (!keys.given("key")) keys.missing("key", "name a PEM file with the private key");
    keys.finish();
    tls_files files;
    if (has_certificate) files.certificate = check_pem(certificate, "BEGIN CERTIFICATE", context);
    if (has_key) files.key = check_pem(key, "PRIVATE KEY", context);
    files.certificate_at = certificate.at;
    files.key_at = key.at;
    if (has_certificate && has_key) into = files;
}

}  // namespace nearside::config
