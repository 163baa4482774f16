// The configuration as plain typed values: what the YAML says, defaults filled in, nothing decided yet. Views keep
// their expressions as text with the place they came from, for the planner (aggregators/planner.h) to understand.
// Immutable once loaded; shared by any thread.
#pragma once

#include "config/node.h"
#include "config/redis_settings.h"
#include "config/route_rules.h"
#include "config/stream_settings.h"
#include "core/clock.h"
#include "core/log.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nearside::config {

// Bytes. Written as `512MiB`, `64KiB`, `10MB`, or a bare number.
using byte_count = std::uint64_t;

// A value and where it was written.
template <class T>
struct located {
    T value{};
    position at;
    bool quoted = false;  // a scalar in quotes: `at` is the quote, its text starts one column later
};

// Where byte `offset` of a text stands in the file; columns count characters.
position position_within(const located<std::string>& text, std::size_t offset);

struct address {
    std::string host;
    std::uint16_t port = 0;  // 0: the system chooses; the log line "listening" tells which
};

struct tls_files {
    std::string certificate;  // PEM chain
    std::string key;          // PEM
    position certificate_at{}, key_at{};
};

// What a client may send, and how slowly. Everything over a limit is refused (400, 408, 413, 414, 431).
struct client_limits {
    byte_count request_line = 8 * 1024;
    byte_count header_bytes = 32 * 1024;
    std::uint32_t header_count = 100;
    byte_count body = 128 * 1024 * 1024;  // of a request passed through a route
    std::uint32_t connections = 20000;    // a process; further ones wait in the accept queue
    milliseconds header_timeout{10'000};  // from the first byte of a request to the end of its header
    milliseconds idle_timeout{75'000};    // between requests of a kept connection
    milliseconds body_timeout{30'000};    // between two reads of a request body
    milliseconds write_timeout{30'000};   // between two writes that make progress
};

struct cors_settings {
    std::vector<std::string> origins;  // exact origins, or "*"
    std::vector<std::string> headers;  // request headers allowed beside the safelisted ones
    bool credentials = false;
    milliseconds max_age{600'000};
};

struct server_settings {
    address listen{"0.0.0.0", 8080};
    position listen_at;
    std::optional<tls_files> tls;
    std::uint32_t threads = 0;           // `auto` (0): one per core
    std::uint32_t workers = 0;           // threads for composing, decoding and hashing; `auto` (0): one per core
    milliseconds drain_timeout{10'000};  // how long a stopping process waits for what still runs
    client_limits limits;
    std::optional<cors_settings> cors;
    std::string name = "nearside";  // the pseudonym in Via, Cache-Status and Forwarded's `by`; title of /openapi.json
    bool openapi = true;            // /openapi.json is answered
};

// Who may call the admin listener, and for what.
struct admin_token {
    std::string name;  // in the audit log
    std::string token;
    bool reads = false;        // metrics, entries
    bool invalidates = false;  // POST /invalidate, PURGE
    bool operates = false;     // POST /reload, POST /drain
};

struct admin_settings {
    address listen{"127.0.0.1", 8081};
    position listen_at;
    std::vector<admin_token> tokens;  // empty: only health is answered
    std::optional<tls_files> tls;
    bool allow_insecure = false;         // to listen beyond loopback without token and TLS
    std::uint32_t calls_a_second = 100;  // of each token, beyond health and metrics; further ones are refused
};

struct log_settings {
    log_level level = log_level::info;
    log_format format = log_format::text;
    bool requests = false;  // one line a request
};

struct cache_settings {
    byte_count memory = 512ull * 1024 * 1024;
    byte_count max_entry = 128ull * 1024 * 1024;
    std::uint32_t refresh_ahead = 8;           // renewals of hot views under way at once
    byte_count recipes = 16ull * 1024 * 1024;  // for what views' last runs called; 0: no speculation
    milliseconds refresh_retry{1'000};         // after a refresh failed, how long until the next is tried
    // How long past its freshness a route's copy answers while the upstream can't be reached, where neither origin nor
    // operator say (RFC 9111 4.2.4).
    milliseconds stale_if_unreachable{60'000};
    std::optional<redis_settings> redis;  // nullopt: memory alone
};

// Bounds on what a plan may cost.
struct plan_limits {
    std::uint32_t json_depth = 128;
    std::uint32_t fan_out = 500;                   // `max` of an `each` that doesn't say
    std::uint32_t parallel = 16;                   // `parallel` of an `each` that doesn't say
    std::uint32_t calls = 10'000;                  // upstream calls of one plan run
    byte_count view_bytes = 256ull * 1024 * 1024;  // of a composed view
    byte_count run_bytes = 512ull * 1024 * 1024;   // of all documents one run holds
    milliseconds view_time{30'000};                // a caller waits for a view no longer; the refresh goes on
};

struct upstream_timeouts {
    milliseconds connect{3'000};
    milliseconds first_byte{5'000};  // from the request being written to the response's first byte
    milliseconds total{30'000};      // of one call, retries included
};

// When calls to a failing upstream are spared (proxy/circuit.h).
struct circuit_settings {
    std::uint32_t failures = 20;  // so many within `window`, and half of its calls; 0: never
    milliseconds window{10'000};
    milliseconds open_for{5'000};  // then one call at a time tries
};

struct upstream_settings {
    std::string name;
    position at;
    std::string url;  // as written: scheme://host[:port][/prefix]
    // Of `url`.
    std::string scheme, host;  // lower case; an IPv6 address without its brackets
    std::uint16_t port = 0;
    std::string base_path;  // without trailing slash; prepended to every target

    std::uint32_t warm_connections = 2;
    std::uint32_t max_connections = 64;
    std::uint32_t pipeline = 1;        // calls of one plan run that a connection takes before the first is answered
    std::uint32_t max_queue = 10'000;  // calls waiting for a connection; further ones fail with upstream_busy
    milliseconds keep_alive{55'000};   // an idle connection is replaced before it is older than this
    upstream_timeouts timeout;
    circuit_settings circuit;
    byte_count max_response = 128ull * 1024 * 1024;  // of a body that is read whole, after decoding
    std::uint32_t retries = 1;                       // of idempotent calls, on connection failures
    std::vector<std::string> forward;                // request headers passed on, lower case; part of the cache key
    struct {
        bool verify = true;
        std::string ca_file;  // PEM; empty: the system's
        position ca_at{};
        std::string server_name;  // SNI and the name verified; empty: host
    } tls;
};

struct refresh_windows {
    std::optional<milliseconds> fresh, stale, stale_if_error;
};

struct route_settings {
    located<std::string> path;  // `/api/**`, `/api/jobs/*`, `/api/jobs/{id}`, or exact
    std::string upstream;       // the only one there is where the file doesn't say
    position upstream_at;
    refresh_windows windows;
    std::vector<negative_settings> negative;
    bool override_origin = false;
    route_key_settings key;
    bypass_settings bypass;
    // Templates, for proxy/tag_template.h to understand.
    std::vector<located<std::string>> tags;
    std::vector<located<std::string>> invalidates;
    // Complained about: it is here so that what is wrong elsewhere in it is told as well.
    bool faulty_path = false;
    bool faulty_upstream = false;
};

enum class view_scope { user, everyone };

// A list that the upstream gives page by page.
struct pages_settings {
    position at;
    located<std::string> items, next;  // paths in each page
    std::optional<located<std::string>> count;
    std::optional<std::uint32_t> max, parallel, size;
};

struct step_settings {
    std::string name;
    position at;
    located<std::string> get;                  // path template; of a POST, too
    bool post = false;                         // declared to be safe (RFC 9110 9.2.1)
    std::optional<node> body;                  // of a POST, in the syntax of `out`
    std::optional<located<std::string>> when;  // condition
    std::optional<node> jq;                    // program
    std::optional<located<std::string>> each;  // reference
    located<std::string> as;                   // loop name; empty without `each`
    std::optional<std::uint32_t> parallel, max;
    std::optional<pages_settings> pages;
    bool optional = false;
    std::optional<node> otherwise;  // `else`: the step's value when it failed; null when not given
    std::optional<milliseconds> timeout;
    std::optional<located<std::string>> upstream;
    // Complained about: it is here for its name alone, so that what is wrong elsewhere in the view is told as well.
    bool faulty = false;
};

// A list that an upstream has, and what is taken of it.
struct warm_list_settings {
    step_settings of;  // the call that brings it
    located<std::string> each;
    located<std::string> as;
    milliseconds every{300'000};  // read again so often
    std::uint32_t max = 100;      // items; those beyond it are left alone
};

// Parameters with which a view is renewed without any visit: one set of them, or one for each item of a list that an
// upstream has.
struct warm_settings {
    static constexpr std::uint32_t most = 10'000;  // of one list, and what is watched in all (proxy/refresh_ahead.h)

    // What a visit would give: an input of the view by its name, or a header that is forwarded.
    struct value {
        located<std::string> name;
        std::optional<located<std::string>> text;  // nullopt: null, as if it weren't sent
    };
    position at;
    std::vector<value> values;  // of a list, `{project.id}` is of the item
    std::optional<warm_list_settings> from;
};

struct view_settings {
    std::string name;
    position at;
    located<std::string> path;  // `/views/projects/{id}`
    enum class input_type { text, integer, number, boolean };
    struct query_parameter {
        std::string name;
        position at;
        std::optional<std::string> default_value;  // nullopt: null, the parameter is absent unless sent
        input_type type = input_type::text;
        bool required = false;
        std::vector<std::string> choices{};  // empty: any
        std::optional<double> min{}, max{};  // of numbers
        std::string source{};                // of a header input: the header, lower case; of a claim: its path
    };
    std::vector<query_parameter> query;
    std::vector<query_parameter> headers;
    std::vector<query_parameter> claims;  // of the JWT in Authorization, whose signature nobody checks here
    refresh_windows windows;
    std::optional<view_scope> scope;
    position scope_at;
    bool strict = false;                        // consistency
    milliseconds renewed_while_used_within{0};  // refresh: {while_used_within}; 0: not given
    std::optional<located<std::string>> upstream;
    std::vector<step_settings> steps;
    std::optional<node> out;                 // nullopt: one member a step, in the file's order
    std::optional<node> jq;                  // program over what `out` makes
    std::optional<node> schema;              // of its responses, a mapping
    bool learn_schema = true;                // where there is none
    std::vector<located<std::string>> tags;  // `project:{id}`, `job:{jobs[*].id}`
    std::vector<warm_settings> warm;
    std::string item_id = "id";  // by whose member patches tell the items of a list apart
    // Complained about: it is here so that what is wrong elsewhere in the view is told as well.
    bool faulty = false;
    bool faulty_path = false;
    bool faulty_upstream = false;
    bool inputs_known = true;  // false: it may have parameters beside those here, which couldn't be read
};

struct settings {
    server_settings server;
    admin_settings admin;
    log_settings log;
    cache_settings cache;
    plan_limits limits;
    std::vector<upstream_settings> upstreams;  // in the file's order
    std::vector<route_settings> routes;        // in the file's order
    std::vector<view_settings> views;          // in the file's order
    stream_settings streams;
    std::vector<webhook_settings> webhooks;

    const upstream_settings* find_upstream(std::string_view name) const noexcept;
    // The step's own, else the view's, else the only one there is; null where that names none. The loader has
    // complained about a null.
    const upstream_settings* upstream_of(const view_settings& view, const step_settings& step) const noexcept;
};

}  // namespace nearside::config
