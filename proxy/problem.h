// Errors as a client sees them: application/problem+json (RFC 9457), and the status that belongs to each errc.
// Pure; any thread.
#pragma once

#include "core/body.h"
#include "core/error.h"
#include "core/http_message.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nearside::proxy {

// The status a client gets when nothing better can be served: 4xx where the request is at fault, 502 or 504 for the
// upstream, 503 where trying again later helps.
int status_of(errc code) noexcept;

// `type`: "urn:nearside:problem:" and the error's name.
std::string problem_type(errc code);

struct problem {
    response_head head;  // status and Content-Type
    body content;
};

// `more` are further members, the values already JSON.
problem make_problem(int status, const error& failure,
                     const std::vector<std::pair<std::string_view, std::string>>& more = {});
// The same for what is not an error of a request's own: `name` ends the type.
problem make_problem(int status, std::string_view name, std::string_view detail,
                     const std::vector<std::pair<std::string_view, std::string>>& more = {});

}  // namespace nearside::proxy
