// Under which key a request to a route finds what is stored, and which requests ask for neither. Keys are text in which
// no two different things meet (cache/key.h), and hold no credential: those are there as a digest. Pure; any thread.
#pragma once

#include "core/http_message.h"
#include "proxy/route.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace nearside::proxy {

// What a target comes to, whoever asks. Immutable; shared by the requests for it.
struct route_target {
    std::shared_ptr<const route> of;
    std::vector<std::string> captures;  // of the path, decoded
    std::string query;                  // as sent, without `?`
    std::string uri;                    // uri_of()
    std::string uri_tag;                // uri_tag_of(): an invalidation of the URI
    std::string key;                    // how every primary key of it begins
};

// `target` in origin-form, `captures` of its path (site::place).
route_target understand_target(std::shared_ptr<const route> of, std::vector<std::string> captures,
                               std::string_view target);

// Who asks, as far as the route tells users apart: a digest of the fields that its key may not show. Empty where the
// request has none of them.
std::string principal_of(const header_fields& request, const route& of);

// `scheme` and `authority` as the client said them. What a Vary adds comes after this (cache/vary.h).
std::string primary_key(const route_target& target, std::string_view scheme, std::string_view authority,
                        const header_fields& request);

// A request that neither reads nor fills the cache.
bool bypasses(const route& of, const request_head& request);

}  // namespace nearside::proxy
