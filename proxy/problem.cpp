#include "proxy/problem.h"

#include "proxy/exchange.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace nearside::proxy {

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
        case errc::run_too_large:
        case errc::depth_limit:
            return 502;
    }
    return 500;
}

std::string problem_type(errc code) {
    return "urn:nearside:problem:" + std::string(to_string(code));
}

problem make_problem(int status, const error& failure,
                     const std::vector<std::pair<std::string_view, std::string>>& more) {
    std::string title(to_string(failure.code));
    std::replace(title.begin(), title.end(), '_', ' ');
    std::string text = "{\"type\":" + json_string(problem_type(failure.code)) + ",\"title\":" + json_string(title) +
                       ",\"status\":" + std::to_string(status);
    if (!failure.detail.empty()) text += ",\"detail\":" + json_string(failure.detail);
    for (const auto& [name, value] : more)
        text.append(",").append(json_string(name)).append(":").append(value);
    text += "}\n";

    problem made;
    made.head.status = status;
    made.head.fields.append("Content-Type", "application/problem+json");
    // Some of these statuses may be stored by default (RFC 9110 15.1); an error of now must not outlive its cause.
    made.head.fields.append("Cache-Control", "no-store");
    if (status == 503 && failure.retry_after.count() > 0) {
        made.head.fields.append("Retry-After", std::to_string(failure.retry_after.count()));
    }
    made.content = body(std::move(text));
    return made;
}

namespace {

// The length of the UTF-8 sequence that starts `bytes` (RFC 3629), 0 when it is none.
std::size_t utf8_length(std::string_view bytes) noexcept {
    const auto at = [&](std::size_t position) {
        return position < bytes.size() ? static_cast<unsigned char>(bytes[position]) : 0U;
    };
    const auto continues = [&](std::size_t position) { return (at(position) & 0xC0U) == 0x80U; };
    const unsigned first = at(0);
    if (first < 0x80) return 1;
    if (first >= 0xC2 && first <= 0xDF) return continues(1) ? 2 : 0;
    if (first >= 0xE0 && first <= 0xEF) {
        const bool overlong = first == 0xE0 && at(1) < 0xA0;
        const bool surrogate = first == 0xED && at(1) > 0x9F;
        return !overlong && !surrogate && continues(1) && continues(2) ? 3 : 0;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        const bool overlong = first == 0xF0 && at(1) < 0x90;
        const bool beyond = first == 0xF4 && at(1) > 0x8F;
        return !overlong && !beyond && continues(1) && continues(2) && continues(3) ? 4 : 0;
    }
    return 0;
}

}  // namespace

std::string json_string(std::string_view text) {
    static constexpr std::string_view digits = "0123456789abcdef";
    std::string out = "\"";
    while (!text.empty()) {
        const char letter = text.front();
        const std::size_t length = utf8_length(text);
        if (letter == '"' || letter == '\\') {
            out.append("\\").append(1, letter);
        } else if (letter == '\n') {
            out += "\\n";
        } else if (static_cast<unsigned char>(letter) < 0x20) {
            out.append("\\u00").append(1, digits[static_cast<unsigned char>(letter) >> 4U]);
            out.append(1, digits[static_cast<unsigned char>(letter) & 0xFU]);
        } else if (length == 0) {
            out += "\\ufffd";
        } else {
            out += text.substr(0, length);
        }
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return out += '"';
}

void exchange::respond_error(const error& failure) {
    problem made = make_problem(status_of(failure.code), failure);
    respond(std::move(made.head), std::move(made.content));
}

}  // namespace nearside::proxy
