// What a request for a stream says: whether it is one, of which views, from where it goes on, and until when its token
// lasts. Pure; any thread.
#pragma once

#include "config/stream_settings.h"
#include "core/clock.h"
#include "core/error.h"
#include "core/http_message.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nearside::proxy {

inline constexpr std::string_view stream_type = "text/event-stream";
using config::streams_path;

// `Accept` names the type, and nothing else with a greater weight.
bool wants_stream(const header_fields& request);

// `view=` of `/stream`, decoded, each once. Fails with invalid_parameter where there is none, or more than `most`.
result<std::vector<std::string>> views_of_stream(std::string_view query, std::size_t most);

// Path and query of a view's URL as a client writes it; a whole URL has to be of `authority`. Fails with
// invalid_parameter.
result<std::string> target_of_view_url(std::string_view url, std::string_view scheme, std::string_view authority);

// The URL of the view that a stream of one view tells: the request's target, without what says where it goes on.
std::string view_url_of(const request_head& request);

// Last-Event-ID, else `last_event_id=` of the query.
std::string last_event_id(const request_head& request);

// `exp` of a JWT in Authorization (RFC 7519 4.1.4).
std::optional<wall_time> token_expiry(const header_fields& request);

}  // namespace nearside::proxy
