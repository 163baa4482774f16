// Whether what an upstream answered is a document that a step can use, and if not, the error that tells why.
// Pure functions; any thread.
#pragma once

#include "aggregators/fetch.h"
#include "core/error.h"

#include <optional>
#include <string>
#include <string_view>

namespace nearside::aggregators {

// `path` is what path_for_people() made of the call's target.
std::optional<error> why_unusable(const result<fetch_response>& outcome, std::string_view path);

// The upstream's word that this user may not see a thing, or that it is gone (401, 403, 404, 410): what was stored of
// it must not be shown any more.
bool takes_back(int status) noexcept;

// The path of a target, shortened, without its query: a query may carry what is nobody's business in an error.
std::string path_for_people(std::string_view target);

}  // namespace nearside::aggregators
