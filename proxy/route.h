// A route as the proxy serves it: what the configuration says about storing, keys, tags and bypassing, resolved once at
// load. Immutable; any thread.
#pragma once

#include "aggregators/json_path.h"
#include "cache/storable.h"
#include "config/complain.h"
#include "config/settings.h"
#include "proxy/name_set.h"
#include "proxy/tag_template.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nearside::proxy {

// What of a request beside upstream, scheme, host and path tells one stored response from another.
struct key_rules {
    using query_rule = config::route_key_settings::query_rule;

    query_rule query = query_rule::as_sent;
    name_set parameters;  // of `only` and `except`
    // Lower case, sorted. Written into the key as they are.
    std::vector<std::string> headers;
    // Lower case, sorted: those that may tell users apart. In the key as one digest with the cookies.
    std::vector<std::string> secret_headers;
    // Sorted. Given: these stand for the whole Cookie field.
    std::optional<std::vector<std::string>> cookies;
    std::size_t secret_lengths = 0;  // bit n: the name of a secret header, or `cookie`, has n bytes (63: or more)
};

struct bypass_rules {
    std::vector<std::string> headers;  // lower case
    std::vector<std::string> cookies;  // sorted
    name_set parameters;
};

// The tags of a write, and what they take out of the bodies: references that are a body_value, one after the other over
// all templates, are paths here in that order.
struct invalidation_rules {
    std::vector<tag_template> templates;
    std::vector<aggregators::json_path> request_paths, response_paths;

    bool empty() const noexcept { return templates.empty(); }
    bool reads_request() const noexcept { return !request_paths.empty(); }
    bool reads_response() const noexcept { return !response_paths.empty(); }
};

struct route {
    std::string path;  // as configured: names the route in logs and metrics
    std::string upstream;
    std::string mark;  // of all that decides how answers are stored (proxy/marks.h); a part of its keys
    cache::route_policy policy;
    // The operator lets responses be stored that RFC 9111 alone would not share, so each user has an own copy: what
    // cache::request_facts calls keyed_by_principal.
    bool by_principal = false;
    key_rules key;
    bypass_rules bypass;
    std::vector<tag_template> tags;
    invalidation_rules invalidates;

    // Whether this request header is part of every key. `name` in lower case.
    bool counts_header(std::string_view name) const noexcept;
};

// Null with complaints: templates that refer to what isn't there.
std::shared_ptr<const route> make_route(const config::route_settings& settings, const config::settings& all,
                                        config::complaint_list& complaints);

}  // namespace nearside::proxy
