// What an answer to an unsafe request says about stored responses (RFC 9111 4.4, RFC 9875), and the groups a stored
// response belongs to. Pure; any thread.
#pragma once

#include "core/http_message.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nearside::cache {

// Groups beyond these are ignored (RFC 9875 2 asks for 32 of 32 characters at least): that a stored response belongs
// to, and that an answer invalidates.
constexpr std::size_t most_cache_groups = 128;
constexpr std::size_t most_struck_groups = 1024;
constexpr std::size_t longest_cache_group = 256;

struct unsafe_effects {
    std::vector<std::string> targets;  // origin-form: path and query, without fragment and dot segments; each once
    std::vector<std::string> groups;
};

// The target itself, Location and Content-Location where they are of the same origin, and Cache-Group-Invalidation.
// Nothing for a safe method or an error. `origins`: "scheme://authority" of every name this origin goes by (what the
// client called it, what the upstream is called); an absolute reference to any other is left alone.
unsafe_effects effects_of(std::string_view method, std::string_view target, const response_head& response,
                          std::span<const std::string> origins);

// Cache-Groups of a response (RFC 9875 2): empty where it is no list of strings.
std::vector<std::string> cache_groups(const header_fields& response);

// The path and query that a reference means seen from `target` (RFC 3986 5.2); nullopt for another origin and for what
// is no http reference.
std::optional<std::string> resolve_same_origin(std::string_view reference, std::string_view target,
                                               std::span<const std::string> origins);

}  // namespace nearside::cache
