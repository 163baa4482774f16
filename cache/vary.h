// Which request fields select a stored response (RFC 9111 4.1), and the key of a variant. Pure; any thread.
#pragma once

#include "core/http_message.h"

#include <string>
#include <string_view>
#include <vector>

namespace nearside::cache {

// More names than this are as good as all: such a response is never found again.
constexpr std::size_t most_vary_names = 32;

struct vary_spec {
    std::vector<std::string> names;  // lower case, sorted, each once
    bool everything = false;         // `*`: no request is known to match

    bool depends() const noexcept { return everything || !names.empty(); }
    friend bool operator==(const vary_spec&, const vary_spec&) = default;
};

enum class accept_encoding { as_any_other, left_out };

// Of every Vary field of a response. `left_out`: for a cache that stores a representation once and negotiates its
// coding itself.
vary_spec parse_vary(const header_fields& response, accept_encoding coding = accept_encoding::as_any_other);

// The key under which the variant for this request is found. No two requests that differ in a selecting field share it
// (an absent field differs from an empty one), unless their values mean the same: several lines of one field are
// joined, spaces around commas don't count, and Accept, Accept-Charset, Accept-Encoding and Accept-Language are
// compared without letter case and order of what they weigh equally. Long values and those of Authorization and Cookie
// are digests.
std::string variant_key(std::string_view primary, const vary_spec& spec, const header_fields& request);

// Of a variant's key, the one that it was made of; any other key is its own.
std::string_view primary_key(std::string_view key) noexcept;

// The value by which a request is compared: see variant_key. `name` in lower case.
std::string normalised_selector(std::string_view name, std::string_view value);

}  // namespace nearside::cache
