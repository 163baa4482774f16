// The document that tells what a configuration's views take and give, in OpenAPI 3.1: the same text for the same views.
// Pure; any thread.
#pragma once

#include "config/settings.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nearside::proxy {

struct openapi_view {
    const config::view_settings* of = nullptr;
    std::vector<std::string> forwarded;  // request headers that its upstreams are sent, lower case, sorted
    std::string schema;                  // of its responses, as JSON; empty: not known
};

std::string write_openapi(std::string_view title, std::string_view version, std::span<const openapi_view> views);

// A declared schema as JSON; its references to itself (`#/$defs/job`) lead to its place in the document.
std::string declared_schema(const config::view_settings& of);

}  // namespace nearside::proxy
