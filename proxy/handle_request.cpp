#include "proxy/handle_request.h"

#include "proxy/cors.h"
#include "proxy/problem.h"

#include <utility>

namespace nearside::proxy {

handle_request::handle_request(std::shared_ptr<const config::settings> settings, std::shared_ptr<const site> places,
                               std::shared_ptr<const upstreams> pools, view_handler& views, route_proxy& routes,
                               logger& log, const clock& time)
    : settings_(std::move(settings)),
      places_(std::move(places)),
      pools_(std::move(pools)),
      views_(views),
      routes_(routes),
      log_(log),
      time_(time) {}

// Everything that needs no waiting: refusals, and views that memory can answer.
bool handle_request::try_handle(exchange& call) {
    const std::optional<understood> request = understand_request(call);
    if (!request) return true;
    return request->question && views_.answer_stored(call, *request->question);
}

boost::asio::awaitable<void> handle_request::handle(exchange& call) {
    std::optional<understood> request = understand_request(call);
    if (!request) co_return;
    if (request->question) {
        auto answering = views_.answer(call, *std::move(request->question));
        co_await std::move(answering);
    } else {
        auto passing = routes_.handle(call, std::move(request->upstream));
        co_await std::move(passing);
    }
}

std::optional<handle_request::understood> handle_request::understand_request(exchange& call) {
    const request_head& request = call.head();
    call.extra_fields().clear();
    if (const auto& cors = settings_->server.cors) {
        if (std::optional<response_head> preflight = answer_preflight(request, *cors)) {
            call.respond(*std::move(preflight), body());
            return std::nullopt;
        }
    }

    if (known_target known = targets_.find(request.target); known.of_view) {
        return understand_view(call, std::move(known.of_view));
    }
    std::optional<site::place> place = places_->find(request.path());
    if (!place) {
        call.respond_error({errc::not_found, "no view or route for " + std::string(request.path())});
        return std::nullopt;
    }
    if (place->of_route != nullptr) return understood{std::nullopt, pools_->find(place->of_route->upstream)};

    result<view_target> target = understand_target(std::move(place->of_view), place->captures, request.query());
    if (!target) {
        if (const auto& cors = settings_->server.cors) add_cors_fields(request, *cors, call.extra_fields());
        call.respond_error(target.error());
        return std::nullopt;
    }
    auto shared = std::make_shared<const view_target>(*std::move(target));
    targets_.remember(request.target, {shared, nullptr});
    return understand_view(call, std::move(shared));
}

std::optional<handle_request::understood> handle_request::understand_view(exchange& call,
                                                                          std::shared_ptr<const view_target> target) {
    const request_head& request = call.head();
    if (const auto& cors = settings_->server.cors) add_cors_fields(request, *cors, call.extra_fields());
    if (request.method != "GET" && request.method != "HEAD") {
        refuse_method(call);
        return std::nullopt;
    }
    return understood{understand(std::move(target), request), nullptr};
}

void handle_request::refuse_method(exchange& call) const {
    static constexpr std::string_view allowed = "GET, HEAD, OPTIONS";
    if (call.head().method == "OPTIONS") {
        response_head answer{.status = 204};
        answer.fields.append("Allow", allowed);
        call.respond(std::move(answer), body());
        return;
    }
    problem refused = make_problem(405, {errc::method_not_allowed, "a view is only read: GET or HEAD"});
    refused.head.fields.append("Allow", allowed);
    call.respond(std::move(refused.head), std::move(refused.content));
}

void handle_request::finished(exchange& call, const exchange_end& end) noexcept {
    if (!end.thrown.empty()) {
        log_.error("request threw",
                   {{"method", call.head().method}, {"target", call.head().target}, {"what", end.thrown}});
    }
    if (!settings_->log.requests || !log_.enabled(log_level::info)) return;
    const auto took = std::chrono::floor<std::chrono::microseconds>(time_.wall_now() - call.received_at());
    log_.info("request", {{"id", static_cast<std::uint64_t>(call.id())},
                          {"client", call.peer_address()},
                          {"method", call.head().method},
                          {"target", call.head().target},
                          {"status", end.status},
                          {"bytes", end.body_bytes},
                          {"complete", end.complete},
                          {"microseconds", static_cast<std::int64_t>(took.count())}});
}

}  // namespace nearside::proxy
