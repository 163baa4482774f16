#include "proxy/view_failure.h"

#include "aggregators/fetch_verdict.h"
#include "core/json_string.h"

#include <string>
#include <utility>
#include <vector>

namespace nearside::proxy {

namespace {

bool is_status(const aggregators::plan_failure& failure) noexcept {
    return failure.cause == errc::upstream_status;
}

void pass_on(std::string_view name, const aggregators::plan_failure& failure, problem& told) {
    for (const header_fields::field& each : failure.upstream_fields) {
        if (iequals(each.name, name)) told.head.fields.append(name, each.value);
    }
}

}  // namespace

int status_of(const aggregators::plan_failure& failure) noexcept {
    if (is_status(failure)) {
        switch (failure.upstream_status) {
            case 401:
            case 403:
            case 404:
            case 410:
            case 429:
                return failure.upstream_status;
            default:
                return 502;
        }
    }
    return status_of(failure.cause.code);
}

bool is_upstream_trouble(const aggregators::plan_failure& failure) noexcept {
    switch (failure.cause.code) {
        case errc::upstream_status:
            return failure.upstream_status >= 500 || failure.upstream_status == 408 || failure.upstream_status == 429;
        case errc::unsafe_reference:
        case errc::invalid_parameter:
        case errc::bad_request:
            return false;
        default:
            return true;
    }
}

bool revokes_stored(const aggregators::plan_failure& failure) noexcept {
    return is_status(failure) && aggregators::takes_back(failure.upstream_status);
}

bool ends_streams(int status) noexcept {
    return status >= 400 && status < 500 && status != 408 && status != 429;
}

problem make_problem(const aggregators::plan_failure& failure, std::string_view view_name) {
    std::vector<std::pair<std::string_view, std::string>> more;
    more.emplace_back("view", json_string(view_name));
    if (!failure.step.empty()) more.emplace_back("step", json_string(failure.step));
    if (failure.upstream_status != 0) more.emplace_back("upstream_status", std::to_string(failure.upstream_status));
    const int status = status_of(failure);
    problem told = make_problem(status, failure.cause, more);
    // Passed on with the status that they explain (RFC 9110 11.6.1, 10.2.3).
    if (status == 401 && failure.upstream_status == 401) pass_on("WWW-Authenticate", failure, told);
    if (status == 429) pass_on("Retry-After", failure, told);
    return told;
}

problem not_streamable(cache::refusal why) {
    return make_problem(406, "not_streamable",
                        "the view may not be stored (" + std::string(cache::to_string(why)) +
                            "), so there is nothing to be pushed: ask for it with plain requests");
}

}  // namespace nearside::proxy
