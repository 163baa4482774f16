// Whether what an upstream answered is a document that a step can use, and if not, the error that tells why.
// Pure functions; any thread.
#pragma once

#include "aggregators/fetch.h"
#include "core/error.h"

#include <optional>
#include <string>
#include <string_view>

namespace nearside::aggregators {

// `named` is what call_for_people() made of the call.
std::optional<error> why_unusable(const result<fetch_response>& outcome, std::string_view named);

// The upstream's word that this user may not see a thing, or that it is gone (401, 403, 404, 410): what was stored of
// it must not be shown any more.
bool takes_back(int status) noexcept;

// "GET /users/7/": the path of a target, shortened, without its query, which may carry what is nobody's business in an
// error.
std::string call_for_people(bool post, std::string_view target);

}  // namespace nearside::aggregators
