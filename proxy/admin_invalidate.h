// What a caller of the admin listener wants invalidated, read out of its request: nearside's own body, and the habits
// of Varnish and Fastly. Strict: what is not understood whole is refused, with where and why. Pure; any thread.
#pragma once

#include "cache/invalidation_order.h"
#include "core/error.h"
#include "core/http_message.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace nearside::proxy {

struct invalidation_limits {
    static constexpr std::size_t body_bytes = 1024 * 1024;
    static constexpr std::size_t texts = 10'000;  // tags, keys, views and paths of one call, together
    static constexpr std::size_t key_bytes = 16 * 1024;
    static constexpr std::size_t name_bytes = 256;  // of a tag or a view; tags of entries are no longer
};

// `{"tags": [..], "keys": [..], "views": [..], "paths": [..], "mode": "soft" | "hard"}`, each of them optional, but
// something must be named.
result<cache::invalidation_order> read_invalidation(std::string_view json);

// `PURGE target`: what the public listener serves at that path, whatever the query; or, for `/` with Surrogate-Key,
// those tags. Hard, unless `Fastly-Soft-Purge: 1`.
result<cache::invalidation_order> read_purge(const request_head& request);

// Fastly's calls by tag: `encoded` is the tag in the path; empty: they are in Surrogate-Key, or in a body
// `{"surrogate_keys": [..]}`.
result<cache::invalidation_order> read_tag_purge(std::string_view encoded, const header_fields& fields,
                                                 std::string_view body);

// One line for the log: how much of what, and the first names. Bounded, whatever the order holds.
std::string summary_of(const cache::invalidation_order& order);

}  // namespace nearside::proxy
