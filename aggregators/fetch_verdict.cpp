#include "aggregators/fetch_verdict.h"

namespace nearside::aggregators {
namespace {

constexpr std::size_t longest_path_shown = 200;  // bytes

}  // namespace

std::optional<error> why_unusable(const result<fetch_response>& outcome, std::string_view named) {
    const std::string call(named);
    if (outcome.has_error()) {
        const error& cause = outcome.error();
        return error{cause.code, cause.detail.empty() ? call : call + ": " + cause.detail, cause.retry_after};
    }
    const int status = outcome->status;
    const std::string answered = "upstream answered " + std::to_string(status) + " to " + call;
    if (status >= 300 && status < 400)
        return error{errc::redirect_refused, answered + "; steps do not follow redirects"};
    // 206 answers only a range request (RFC 9110 15.3.7), which a step never makes.
    if (status < 200 || status > 299 || status == 206) return error{errc::upstream_status, answered};
    if (status == 204 || status == 205 || outcome->document.size() == 0)
        return error{errc::no_content, answered + " without a document"};
    return std::nullopt;
}

bool takes_back(int status) noexcept {
    return status == 401 || status == 403 || status == 404 || status == 410;
}

std::string call_for_people(bool post, std::string_view target) {
    std::string path(target.substr(0, target.find('?')));
    if (path.size() > longest_path_shown) {
        path.resize(longest_path_shown);
        path += "...";
    }
    return (post ? "POST " : "GET ") + path;
}

}  // namespace nearside::aggregators
