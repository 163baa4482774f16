#include "cache/digest.h"

#include <openssl/evp.h>

#include <array>
#include <cstdint>
#include <memory>
#include <stdexcept>

namespace nearside::cache {

namespace {

constexpr std::size_t kept_bytes = 16;

using digest_context = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

// One a thread, made at its first digest: allocating a context and looking the algorithm up cost more than hashing what
// a request says of its principal.
EVP_MD_CTX* context_of_this_thread() {
    thread_local const digest_context kept = [] {
        digest_context made(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
        if (!made || EVP_DigestInit_ex2(made.get(), EVP_sha256(), nullptr) != 1) {
            throw std::runtime_error("OpenSSL offers no SHA-256");
        }
        return made;
    }();
    return kept.get();
}

// One digest at a time in a thread.
class sha256 {
public:
    sha256() : context_(context_of_this_thread()) { EVP_DigestInit_ex2(context_, nullptr, nullptr); }

    void update(std::string_view bytes) { EVP_DigestUpdate(context_, bytes.data(), bytes.size()); }

    void update_framed(std::string_view bytes) {
        const std::uint64_t size = bytes.size();
        EVP_DigestUpdate(context_, &size, sizeof size);
        update(bytes);
    }

    std::string hex() {
        std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
        unsigned size = 0;
        EVP_DigestFinal_ex(context_, digest.data(), &size);
        static constexpr std::string_view digits = "0123456789abcdef";
        std::string text(kept_bytes * 2, '\0');
        for (std::size_t at = 0; at < kept_bytes; ++at) {
            text[2 * at] = digits[digest[at] >> 4];
            text[2 * at + 1] = digits[digest[at] & 15];
        }
        return text;
    }

private:
    EVP_MD_CTX* context_;
};

}  // namespace

std::string entity_tag(const body& content) {
    sha256 hash;
    for (const slice& part : content.slices())
        hash.update(part.bytes);
    return '"' + hash.hex() + '"';
}

std::string principal_digest(std::span<const std::pair<std::string_view, std::string_view>> fields) {
    if (fields.empty()) return {};
    sha256 hash;
    for (const auto& [name, value] : fields) {
        hash.update_framed(name);
        hash.update_framed(value);
    }
    return hash.hex();
}

std::string text_digest(std::string_view text) {
    sha256 hash;
    hash.update(text);
    return hash.hex();
}

}  // namespace nearside::cache
