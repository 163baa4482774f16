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

    std::optional<site::place> place = places_->find(request.path());
    if (!place) {
        call.respond_error({errc::not_found, "no view or route for " + std::string(request.path())});
        return std::nullopt;
    }
    if (place->of_route != nullptr) return understood{std::nullopt, pools_->find(place->of_route->upstream)};

    if (const auto& cors = settings_->server.cors) add_cors_fields(request, *cors, call.extra_fields());
    if (request.method != "GET" && request.method != "HEAD") {
        refuse_method(call);
        return std::nullopt;
    }
    result<view_question> question = understand(std::move(place->of_view), place->captures, request);
    if (!question) {
        call.respond_error(question.error());
        return std::nullopt;
    }
    return understood{*std::move(question), nullptr};
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
