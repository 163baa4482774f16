#include "proxy/openapi_handler.h"

#include "cache/conditional.h"
#include "core/http_date.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace nearside::proxy {

openapi_handler::openapi_handler(const config::settings& settings, const view_schemas& schemas, const clock& time)
    : on_(settings.server.openapi), schemas_(schemas), time_(time) {
    const auto is_taken = [](const auto& each) { return each.path.value == path; };
    on_ = on_ && std::none_of(settings.views.begin(), settings.views.end(), is_taken) &&
          std::none_of(settings.routes.begin(), settings.routes.end(), is_taken);
}

void openapi_handler::answer(exchange& call) const {
    const std::shared_ptr<const openapi_document> document = schemas_.document();
    response_head head;
    head.fields.append("ETag", document->etag);
    // It grows with what is learned: asked for each time, and mostly answered with 304.
    head.fields.append("Cache-Control", "no-cache");
    const request_head& request = call.head();
    const auto now = std::chrono::floor<std::chrono::seconds>(time_.wall_now());
    const cache::precondition met = cache::evaluate(request.method, request.fields, head.status, document->etag,
                                                    std::nullopt, now, cache::evaluator::origin);
    if (met != cache::precondition::pass) {
        head.status = met == cache::precondition::not_modified ? 304 : 412;
        call.respond(std::move(head), body());
        return;
    }
    head.fields.append("Content-Type", "application/json");
    call.respond(std::move(head), document->content);
}

}  // namespace nearside::proxy
