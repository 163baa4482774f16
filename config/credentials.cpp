#include "config/credentials.h"

#include "config/connection_fields.h"
#include "core/http_message.h"

#include <algorithm>
#include <array>

namespace nearside::config {

namespace {

// What a client prefers or is, and ids that trace a request: the same for everybody, or of no consequence.
constexpr std::array harmless = {
    "accept", "accept-charset", "accept-language", "dnt",         "save-data",  "sec-gpc",      "device-memory",
    "dpr",    "viewport-width", "user-agent",      "traceparent", "tracestate", "x-request-id", "x-correlation-id",
};

struct forbidden_header {
    std::string_view name;
    const char* why;
};

constexpr const char* of_framing = "it describes the message that nearside writes itself";
constexpr const char* of_condition = "nearside makes its own conditional requests";
constexpr const char* of_range = "views are made of whole documents";
constexpr const char* of_forwarding = "nearside tells the path of a request itself";

constexpr std::array<forbidden_header, 20> forbidden = {{
    {"host", "it is the upstream's own name"},
    {"content-length", of_framing},
    {"content-type", of_framing},
    {"content-encoding", of_framing},
    {"content-range", of_framing},
    {"expect", of_framing},
    {"accept-encoding", "nearside chooses the coding that it reads"},
    {"cache-control", "nearside follows it itself"},
    {"pragma", "nearside follows it itself"},
    {"range", of_range},
    {"if-range", of_range},
    {"if-match", of_condition},
    {"if-none-match", of_condition},
    {"if-modified-since", of_condition},
    {"if-unmodified-since", of_condition},
    {"via", of_forwarding},
    {"forwarded", of_forwarding},
    {"max-forwards", of_forwarding},
    {"prefer", "it is for nearside"},
    {"last-event-id", "it is for nearside"},
}};

}  // namespace

bool is_credential_header(std::string_view name) noexcept {
    constexpr std::string_view client_hint = "sec-ch-";
    if (name.size() > client_hint.size() && iequals(name.substr(0, client_hint.size()), client_hint)) return false;
    return std::none_of(harmless.begin(), harmless.end(), [&](std::string_view known) { return iequals(known, name); });
}

bool forwards_credentials(const upstream_settings& upstream) noexcept {
    return std::any_of(upstream.forward.begin(), upstream.forward.end(),
                       [](const std::string& name) { return is_credential_header(name); });
}

const char* why_never_forwarded(std::string_view name) noexcept {
    if (is_connection_field(name)) return belongs_to_connection;
    const auto found = std::find_if(forbidden.begin(), forbidden.end(),
                                    [&](const forbidden_header& each) { return each.name == name; });
    return found == forbidden.end() ? nullptr : found->why;
}

}  // namespace nearside::config
