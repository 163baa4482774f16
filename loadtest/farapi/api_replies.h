// The few forms that answers of the REST surface take. Pure; any thread.
#pragma once

#include "loadtest/farapi/reply.h"

#include <optional>
#include <string>
#include <string_view>

namespace nearside::farapi {

reply json_reply(int status, std::string document);
reply not_found_reply();
reply method_not_allowed_reply(std::string_view method, std::string_view allowed);

// The string member `name` of a JSON object in `body`; or a 400 in `refusal` that says what is wrong with it.
std::optional<std::string> read_string(std::string_view body, std::string_view name, reply& refusal);
std::optional<std::uint64_t> read_id(std::string_view body, std::string_view name, reply& refusal);

}  // namespace nearside::farapi
