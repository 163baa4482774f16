// Content codings (RFC 9110 8.4.1, 12.5.3): which a client takes, and which of those at hand it likes best.
// Pure; any thread.
#pragma once

#include "core/http_message.h"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace nearside::cache {

enum class coding : std::uint8_t { identity, gzip, br, zstd };
inline constexpr std::size_t coding_count = 4;

// The `q` among the parameters of a member of a negotiating field (RFC 9110 12.4.2), in thousandths; 1000 without one,
// 0 for what is none.
std::uint16_t weight_of(std::string_view parameters) noexcept;

std::string_view to_string(coding which) noexcept;

// Of a Content-Encoding value: identity where it is empty; nullopt for one that isn't known here, or several in a row.
std::optional<coding> coding_of(std::string_view content_encoding) noexcept;

// What a client takes.
class accepted_codings {
public:
    // Without the field everything is taken; nearside then prefers what needs no decoding. A weight that can't be read
    // counts as 0: not taken.
    explicit accepted_codings(const header_fields& request);

    bool takes(coding which) const noexcept { return weight_[static_cast<std::size_t>(which)] > 0; }
    // Of those at hand the one with the largest weight, among equals the first; nullopt where none is taken.
    std::optional<coding> prefers(std::span<const coding> at_hand) const noexcept;
    // The request has no Accept-Encoding, or an empty one.
    bool says_nothing() const noexcept { return says_nothing_; }

private:
    std::array<std::uint16_t, coding_count> weight_{};  // thousandths
    bool says_nothing_ = true;
};

}  // namespace nearside::cache
