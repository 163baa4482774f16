// A certificate authority and one server certificate, made when a test runs: nothing secret is kept in the repository,
// and nothing expires.
#pragma once

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

namespace nearside::testing {

class test_certificates {
public:
    // `names`: subjectAltName of the server, as OpenSSL writes it ("DNS:localhost,IP:127.0.0.1").
    explicit test_certificates(const std::string& names, const char* authority_name = "nearside test CA") {
        std::string pattern = (std::filesystem::temp_directory_path() / "nearside-ca-XXXXXX").string();
        folder_ = mkdtemp(pattern.data());
        EVP_PKEY* authority_key = EVP_EC_gen("P-256");
        EVP_PKEY* server_key = EVP_EC_gen("P-256");
        X509* authority = certificate(authority_name, authority_key, nullptr, authority_key, "", 1);
        X509* server = certificate("server", server_key, authority, authority_key, names, 2);
        write(authority_file(), [&](FILE* file) { PEM_write_X509(file, authority); });
        write(certificate_file(), [&](FILE* file) { PEM_write_X509(file, server); });
        write(key_file(),
              [&](FILE* file) { PEM_write_PrivateKey(file, server_key, nullptr, nullptr, 0, nullptr, nullptr); });
        X509_free(server);
        X509_free(authority);
        EVP_PKEY_free(server_key);
        EVP_PKEY_free(authority_key);
    }
    ~test_certificates() { std::filesystem::remove_all(folder_); }
    test_certificates(const test_certificates&) = delete;
    test_certificates& operator=(const test_certificates&) = delete;

    std::string authority_file() const { return folder_ + "/ca.pem"; }
    std::string certificate_file() const { return folder_ + "/server.pem"; }
    std::string key_file() const { return folder_ + "/server.key"; }

private:
    static void extend(X509* to, X509* issuer, int what, const std::string& value) {
        X509V3_CTX context;
        X509V3_set_ctx(&context, issuer, to, nullptr, nullptr, 0);
        X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, what, value.c_str());
        X509_add_ext(to, extension, -1);
        X509_EXTENSION_free(extension);
    }

    static X509* certificate(const char* name, EVP_PKEY* key, X509* issuer, EVP_PKEY* signing,
                             const std::string& alternative_names, long serial) {
        X509* made = X509_new();
        X509_set_version(made, 2);
        ASN1_INTEGER_set(X509_get_serialNumber(made), serial);
        X509_gmtime_adj(X509_getm_notBefore(made), -3600);
        X509_gmtime_adj(X509_getm_notAfter(made), 3600);
        X509_NAME* subject = X509_get_subject_name(made);
        X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(name), -1, -1,
                                   0);
        X509_set_issuer_name(made, issuer == nullptr ? subject : X509_get_subject_name(issuer));
        X509_set_pubkey(made, key);
        X509* authority = issuer == nullptr ? made : issuer;
        extend(made, authority, NID_basic_constraints, issuer == nullptr ? "critical,CA:TRUE" : "CA:FALSE");
        if (!alternative_names.empty()) extend(made, authority, NID_subject_alt_name, alternative_names);
        X509_sign(made, signing, EVP_sha256());
        return made;
    }

    template <class Writer>
    static void write(const std::string& path, Writer writer) {
        FILE* file = std::fopen(path.c_str(), "w");
        writer(file);
        std::fclose(file);
    }

    std::string folder_;
};

}  // namespace nearside::testing
