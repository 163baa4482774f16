// The signature of a webhook: `t=<seconds since 1970>,v1=<hexadecimal HMAC-SHA256 of "t.body">`, as Stripe has it.
// Several `v1` may stand there while a secret is changed. Pure; any thread.
#pragma once

#include "core/clock.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nearside::proxy {

inline constexpr std::string_view webhook_signature_field = "nearside-signature";

class webhook_signature {
public:
    // Nullopt: it is none. Members that aren't known are left alone.
    static std::optional<webhook_signature> read(std::string_view field);

    // Whether whoever knows the secret signed this body. Takes as long whether it is so or not.
    bool is_of(std::string_view body, std::string_view secret) const;
    // Whether it was made that near to now.
    bool is_within(milliseconds tolerance, wall_time now) const noexcept;

    // Stands for the time and the body, whichever signature it was found by.
    static std::string name_of(std::string_view time, std::string_view body, std::string_view secret);
    const std::string& time_text() const noexcept { return time_text_; }

private:
    static constexpr std::size_t digest_bytes = 32;
    using digest = std::array<unsigned char, digest_bytes>;
    static digest digest_of(std::string_view time, std::string_view body, std::string_view secret);
    static std::optional<digest> read_digest(std::string_view hex) noexcept;

    static constexpr std::size_t most_signatures = 8;

    std::int64_t time_ = 0;
    std::string time_text_;  // as it was signed
    std::vector<digest> signatures_;
};

}  // namespace nearside::proxy
