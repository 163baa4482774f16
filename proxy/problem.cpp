#include "proxy/problem.h"

#include "core/json_string.h"
#include "proxy/exchange.h"

#include <algorithm>

namespace nearside::proxy {

namespace {

constexpr const char* type_prefix = "urn:nearside:problem:";

}  // namespace

int status_of(errc code) noexcept {
    switch (code) {
        case errc::bad_request:
        case errc::invalid_parameter:
            return 400;
        case errc::unauthorized:
            return 401;
        case errc::not_found:
            return 404;
        case errc::method_not_allowed:
            return 405;
        case errc::request_timeout:
            return 408;
        case errc::body_too_large:
            return 413;
        case errc::uri_too_long:
            return 414;
        case errc::headers_too_large:
            return 431;
        case errc::internal:
            return 500;
        case errc::upstream_busy:
        case errc::upstream_unavailable:
        case errc::redis_unavailable:
        case errc::redis_timeout:
        case errc::redis_error:
        case errc::out_of_descriptors:
        case errc::cancelled:
        case errc::shutting_down:
            return 503;
        case errc::connect_timeout:
        case errc::first_byte_timeout:
        case errc::total_timeout:
        case errc::not_stored:  // RFC 9111 5.2.1.7
            return 504;
        case errc::resolve_failed:
        case errc::connect_failed:
        case errc::tls_failed:
        case errc::closed_early:
        case errc::malformed_response:
        case errc::response_too_large:
        case errc::bad_content_coding:
        case errc::upstream_status:
        case errc::redirect_refused:
        case errc::no_content:
        case errc::invalid_json:
        case errc::wrong_type:
        case errc::unsafe_reference:
        case errc::fan_out_limit:
        case errc::next_refused:
        case errc::run_too_large:
        case errc::depth_limit:
        case errc::jq_failed:
            return 502;
    }
    return 500;
}

std::string problem_type(errc code) {
    return type_prefix + std::string(to_string(code));
}

problem make_problem(int status, std::string_view name, std::string_view detail,
                     const std::vector<std::pair<std::string_view, std::string>>& more) {
    std::string title(name);
    std::replace(title.begin(), title.end(), '_', ' ');
    std::string text = "{\"type\":" + json_string(type_prefix + std::string(name)) +
                       ",\"title\":" + json_string(title) + ",\"status\":" + std::to_string(status);
    if (!detail.empty()) text += ",\"detail\":" + json_string(detail);
    for (const auto& [member, value] : more)
        text.append(",").append(json_string(member)).append(":").append(value);
    text += "}\n";

    problem made;
    made.head.status = status;
    made.head.fields.append("Content-Type", "application/problem+json");
    // Some of these statuses may be stored by default (RFC 9110 15.1); an error of now must not outlive its cause.
    made.head.fields.append("Cache-Control", "no-store");
    made.content = body(std::move(text));
    return made;
}

problem make_problem(int status, const error& failure,
                     const std::vector<std::pair<std::string_view, std::string>>& more) {
    problem made = make_problem(status, to_string(failure.code), failure.detail, more);
    if (status == 503 && failure.retry_after.count() > 0) {
        made.head.fields.append("Retry-After", std::to_string(failure.retry_after.count()));
    }
    return made;
}

void exchange::respond_error(const error& failure) {
    problem made = make_problem(status_of(failure.code), failure);
    respond(std::move(made.head), std::move(made.content));
}

}  // namespace nearside::proxy
