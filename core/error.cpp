#include "core/error.h"

#include <stdexcept>

namespace nearside {

std::string_view to_string(errc code) noexcept {
    switch (code) {
        case errc::resolve_failed:
            return "resolve_failed";
        case errc::connect_failed:
            return "connect_failed";
        case errc::connect_timeout:
            return "connect_timeout";
        case errc::tls_failed:
            return "tls_failed";
        case errc::first_byte_timeout:
            return "first_byte_timeout";
        case errc::total_timeout:
            return "total_timeout";
        case errc::closed_early:
            return "closed_early";
        case errc::malformed_response:
            return "malformed_response";
        case errc::response_too_large:
            return "response_too_large";
        case errc::bad_content_coding:
            return "bad_content_coding";
        case errc::upstream_busy:
            return "upstream_busy";
        case errc::upstream_unavailable:
            return "upstream_unavailable";
        case errc::upstream_status:
            return "upstream_status";
        case errc::redirect_refused:
            return "redirect_refused";
        case errc::no_content:
            return "no_content";
        case errc::invalid_json:
            return "invalid_json";
        case errc::wrong_type:
            return "wrong_type";
        case errc::unsafe_reference:
            return "unsafe_reference";
        case errc::fan_out_limit:
            return "fan_out_limit";
        case errc::next_refused:
            return "next_refused";
        case errc::run_too_large:
            return "run_too_large";
        case errc::depth_limit:
            return "depth_limit";
        case errc::jq_failed:
            return "jq_failed";
        case errc::bad_request:
            return "bad_request";
        case errc::not_found:
            return "not_found";
        case errc::not_stored:
            return "not_stored";
        case errc::method_not_allowed:
            return "method_not_allowed";
        case errc::invalid_parameter:
            return "invalid_parameter";
        case errc::uri_too_long:
            return "uri_too_long";
        case errc::headers_too_large:
            return "headers_too_large";
        case errc::body_too_large:
            return "body_too_large";
        case errc::request_timeout:
            return "request_timeout";
        case errc::unauthorized:
            return "unauthorized";
        case errc::redis_unavailable:
            return "redis_unavailable";
        case errc::redis_timeout:
            return "redis_timeout";
        case errc::redis_error:
            return "redis_error";
        case errc::out_of_descriptors:
            return "out_of_descriptors";
        case errc::cancelled:
            return "cancelled";
        case errc::shutting_down:
            return "shutting_down";
        case errc::internal:
            return "internal";
    }
    return "internal";
}

void throw_exception_from_error(const error& failure, const boost::source_location& where) {
    throw std::runtime_error(std::string(to_string(failure.code)) + ": " + failure.detail + " (" + where.to_string() +
                             ")");
}

}  // namespace nearside
