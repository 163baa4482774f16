// What a request for a view asks for: the inputs of its plan out of path, query, header fields and the claims of a
// token. Nothing that isn't declared reaches the plan or the key. Pure; any thread.
#pragma once

#include "aggregators/run_plan.h"
#include "config/settings.h"
#include "core/error.h"
#include "core/http_message.h"
#include "proxy/view.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nearside::proxy {

// The names in `{}` of a view's path, in its order.
std::vector<std::string> path_parameters(std::string_view pattern);

// `captures` are the decoded values of `names`, one each. A query parameter sent twice has its last value, as in
// Django; one not sent has its default. Fails with invalid_parameter where a declared one is not decodable UTF-8, not
// of its declared type, or required and missing.
result<aggregators::view_inputs> read_view_inputs(std::span<const std::string> names,
                                                  std::span<const std::string> captures,
                                                  std::span<const config::view_settings::query_parameter> declared,
                                                  std::string_view query);

// The inputs that are headers and claims. Fails with invalid_parameter.
result<aggregators::view_inputs> read_header_inputs(const view& of, const header_fields& fields);

}  // namespace nearside::proxy
