#include "proxy/webhook_signature.h"

#include "core/ascii.h"
#include "core/percent_encoding.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <charconv>
#include <stdexcept>

namespace nearside::proxy {

namespace {

// Until year 33,000: nothing overflows that is made of it.
constexpr std::size_t longest_time = 12;

}  // namespace

std::optional<webhook_signature::digest> webhook_signature::read_digest(std::string_view hex) noexcept {
    if (hex.size() != 2 * digest_bytes) return std::nullopt;
    digest made{};
    for (std::size_t at = 0; at < digest_bytes; ++at) {
        const int high = hex_digit(hex[2 * at]), low = hex_digit(hex[2 * at + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        made[at] = static_cast<unsigned char>(high * 16 + low);
    }
    return made;
}

std::optional<webhook_signature> webhook_signature::read(std::string_view field) {
    webhook_signature made;
    while (!field.empty()) {
        const std::size_t comma = field.find(',');
        const std::string_view item = trimmed(field.substr(0, comma));
        field = comma == std::string_view::npos ? std::string_view{} : field.substr(comma + 1);
        if (item.starts_with("t=")) {
            const std::string_view text = item.substr(2);
            const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), made.time_);
            const bool whole = failure == std::errc{} && end == text.data() + text.size();
            if (text.size() > longest_time || !whole || !made.time_text_.empty()) return std::nullopt;
            made.time_text_ = text;
        } else if (item.starts_with("v1=")) {
            const auto signature = read_digest(item.substr(3));
            if (!signature || made.signatures_.size() == most_signatures) return std::nullopt;
            made.signatures_.push_back(*signature);
        }
    }
    if (made.time_text_.empty() || made.signatures_.empty()) return std::nullopt;
    return made;
}

webhook_signature::digest webhook_signature::digest_of(std::string_view time, std::string_view body,
                                                       std::string_view secret) {
    std::string signed_text(time);
    signed_text.append(".").append(body);
    digest made{};
    unsigned int size = 0;
    const unsigned char* const bytes =
        HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
             reinterpret_cast<const unsigned char*>(signed_text.data()), signed_text.size(), made.data(), &size);
    if (bytes == nullptr || size != digest_bytes) throw std::runtime_error("OpenSSL offers no HMAC-SHA256");
    return made;
}

bool webhook_signature::is_of(std::string_view body, std::string_view secret) const {
    const digest wanted = digest_of(time_text_, body, secret);
    bool found = false;
    for (const digest& each : signatures_)
        found = (CRYPTO_memcmp(each.data(), wanted.data(), digest_bytes) == 0) || found;
    return found;
}

bool webhook_signature::is_within(milliseconds tolerance, wall_time now) const noexcept {
    const wall_time made{std::chrono::seconds{time_}};
    return made >= now - tolerance && made <= now + tolerance;
}

std::string webhook_signature::name_of(std::string_view time, std::string_view body, std::string_view secret) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string name;
    for (const unsigned char each : digest_of(time, body, secret)) {
        name.push_back(digits[each >> 4]);
        name.push_back(digits[each & 0x0f]);
    }
    return name;
}

}  // namespace nearside::proxy
