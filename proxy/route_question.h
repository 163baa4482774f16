// A request for a route, understood as far as the cache is concerned: which resource, under which key, and what the
// client said about caching. Values: it goes along with a fetch that outlives the client. Pure; any thread.
#pragma once

#include "cache/cache_control.h"
#include "cache/reuse.h"
#include "cache/storable.h"
#include "cache/tag_epochs.h"
#include "core/http_message.h"
#include "proxy/exchange.h"
#include "proxy/route_key.h"
#include "proxy/tier_budget.h"

#include <memory>
#include <string>
#include <string_view>

namespace nearside::proxy {

struct route_question {
    std::shared_ptr<const route_target> target;
    std::string primary;  // the key of the resource for this principal, Vary aside
    cache::cache_control asked;
    bool keyed_by_principal = false;
    // Filled by keep_request(): what a fetch needs that outlives the client's exchange.
    request_head request;
    std::string peer_address, scheme, authority;
    tier_budget_ptr tier_time{};  // of the request; null: it has not waited for the second tier

    const route& of() const noexcept { return *target->of; }
    // What an invalidation of the URI invalidates.
    const std::string& uri_tag() const noexcept { return target->uri_tag; }
    // By which an entry of it may be invalidated.
    cache::entry_names names() const noexcept { return {.uri_tag = uri_tag(), .path = target->uri}; }
    cache::request_facts facts() const;
};

// Why the cache is left aside: `method`, `bypass`, or `none` where it isn't (RFC 9211 2.2).
cache::forward_reason passes_by(const route& of, exchange& call);

route_question understand_route(std::shared_ptr<const route_target> target, exchange& call);
void keep_request(route_question& question, exchange& call);

// If-None-Match or If-Modified-Since: the conditions that a cache evaluates (RFC 9111 4.3.2).
bool has_conditions(const header_fields& request) noexcept;
bool has_range(const header_fields& request) noexcept;
// Takes away what asks for a part, or for an answer only if something changed: what remains asks for all of it.
void make_unconditional(header_fields& request);

}  // namespace nearside::proxy
