// What a JSON Web Token in Authorization says of its user (RFC 7519): read, and nothing else. Nobody checks its
// signature here. So a claim is an input and never a right: it only goes into calls to upstreams that get the same
// token and check it (aggregators/planner refuses others). Pure; any thread.
#pragma once

#include "core/body.h"
#include "core/http_message.h"

#include <optional>
#include <string>
#include <string_view>

namespace nearside::proxy {

// The claims, as JSON; nothing where the request has no bearer token of three parts (RFC 7515 7.1).
std::optional<buffer> token_payload(const header_fields& request);

// A claim by its path (`sub`, `realm_access.roles[0]`): a string, number or boolean as text; else nothing.
std::optional<std::string> read_claim(const buffer& payload, std::string_view path);

}  // namespace nearside::proxy
