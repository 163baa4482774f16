#include "proxy/handle_request.h"

#include "proxy/cors.h"
#include "proxy/problem.h"

#include <utility>

namespace nearside::proxy {

handle_request::handle_request(std::shared_ptr<const config::settings> settings, std::shared_ptr<const site> places,
                               const openapi_handler& openapi, const webhook_handler& webhooks, view_handler& views,
                               view_streams& streams, route_handler& routes, logger& log, const clock& time)
    : settings_(std::move(settings)),
      places_(std::move(places)),
      openapi_(openapi),
      webhooks_(webhooks),
      views_(views),
      streams_(streams),
      routes_(routes),
      log_(log),
      time_(time) {}

// Everything that needs no waiting: refusals, and what memory can answer.
bool handle_request::try_handle(exchange& call) {
    if (webhooks_.serves(call.head())) return false;
    std::optional<understood> request = understand_request(call);
    if (!request) return true;
    if (request->of_streams) return false;
    if (request->of_view) {
        const bool waits = streams_.asks_for_one(call.head()) || streams_.asks_to_wait(call.head());
        return !waits && views_.answer_stored(call, *request->of_view);
    }
    const route& of = *request->of_route->of;
    if (passes_by(of, call) != cache::forward_reason::none) return false;
    return routes_.answer_stored(call, understand_route(std::move(request->of_route), call));
}

boost::asio::awaitable<void> handle_request::handle(exchange& call) {
    auto handling = handle_but_streams(call);
    std::optional<begun_stream> begun = co_await std::move(handling);
    if (!begun) co_return;
    auto writing = stream_session::write(call, std::move(begun->session), std::move(begun->head));
    co_await std::move(writing);
}

boost::asio::awaitable<std::optional<begun_stream>> handle_request::handle_view(exchange& call,
                                                                                view_question question) {
    if (streams_.asks_for_one(call.head())) {
        auto beginning = streams_.begin(call, std::move(question));
        co_return co_await std::move(beginning);
    }
    if (streams_.asks_to_wait(call.head())) {
        // Every browser makes scripts that name an entity tag say `no-cache` (Fetch, HTTP-network-or-cache fetch).
        question.asked = {};
        auto waiting = streams_.wait_for_change(call, question);
        const bool to_be_answered = co_await std::move(waiting);
        question.waited_till = time_.wall_now();
        if (!to_be_answered || views_.answer_stored(call, question)) co_return std::nullopt;
    }
    auto answering = views_.answer(call, std::move(question));
    co_await std::move(answering);
    co_return std::nullopt;
}

boost::asio::awaitable<std::optional<begun_stream>> handle_request::handle_but_streams(exchange& call) {
    if (webhooks_.serves(call.head())) {
        call.extra_fields().clear();
        auto hearing = webhooks_.answer(call);
        co_await std::move(hearing);
        co_return std::nullopt;
    }
    std::optional<understood> request = understand_request(call);
    if (!request) co_return std::nullopt;
    if (request->of_streams) {
        auto beginning = streams_.begin_many(call);
        co_return co_await std::move(beginning);
    }
    if (request->of_view) {
        auto handling = handle_view(call, *std::move(request->of_view));
        co_return co_await std::move(handling);
    }
    const cache::forward_reason past = passes_by(*request->of_route->of, call);
    if (past != cache::forward_reason::none) {
        auto passing = routes_.pass(call, std::move(request->of_route), past);
        co_await std::move(passing);
        co_return std::nullopt;
    }
    route_question question = understand_route(std::move(request->of_route), call);
    auto answering = routes_.answer(call, std::move(question));
    co_await std::move(answering);
    co_return std::nullopt;
}

std::optional<handle_request::understood> handle_request::understand_request(exchange& call) {
    const request_head& request = call.head();
    call.extra_fields().clear();
    const auto& cors = settings_->server.cors;
    if (cors) {
        if (std::optional<response_head> preflight = answer_preflight(request, *cors)) {
            call.respond(*std::move(preflight), body());
            return std::nullopt;
        }
    }
    if (openapi_.serves(request.path())) {
        if (cors) add_cors_fields(request, *cors, call.extra_fields());
        if (is_read(call)) openapi_.answer(call);
        return std::nullopt;
    }
    if (streams_.serves(request.path())) {
        if (cors) add_cors_fields(request, *cors, call.extra_fields());
        if (!is_read(call)) return std::nullopt;
        return understood{std::nullopt, nullptr, true};
    }
    std::optional<known_target> target = find_target(call);
    if (!target) return std::nullopt;
    if (target->of_route) return understood{std::nullopt, std::move(target->of_route)};
    if (cors) add_cors_fields(request, *cors, call.extra_fields());
    if (!is_read(call)) return std::nullopt;
    result<view_question> question = understand(std::move(target->of_view), request);
    if (!question) {
        call.respond_error(question.error());
        return std::nullopt;
    }
    return understood{*std::move(question), nullptr};
}

std::optional<known_target> handle_request::find_target(exchange& call) {
    const request_head& request = call.head();
    known_target target = targets_.find(request.target);
    if (target.of_view || target.of_route) return target;
    std::optional<site::place> place = places_->find(request.path());
    if (!place) {
        call.respond_error({errc::not_found, "no view or route for " + std::string(request.path())});
        return std::nullopt;
    }
    if (place->of_route) {
        target.of_route = std::make_shared<const route_target>(
            understand_target(std::move(place->of_route), std::move(place->captures), request.target));
    } else {
        result<view_target> of_view = understand_target(std::move(place->of_view), place->captures, request.query());
        if (!of_view) {
            if (const auto& cors = settings_->server.cors) add_cors_fields(request, *cors, call.extra_fields());
            call.respond_error(of_view.error());
            return std::nullopt;
        }
        target.of_view = std::make_shared<const view_target>(*std::move(of_view));
    }
    targets_.remember(request.target, target);
    return target;
}

bool handle_request::is_read(exchange& call) {
    if (call.head().method == "GET" || call.head().method == "HEAD") return true;
    static constexpr std::string_view allowed = "GET, HEAD, OPTIONS";
    if (call.head().method == "OPTIONS") {
        response_head answer{.status = 204};
        answer.fields.append("Allow", allowed);
        call.respond(std::move(answer), body());
        return false;
    }
    problem refused = make_problem(405, {errc::method_not_allowed, "this is only read: GET or HEAD"});
    refused.head.fields.append("Allow", allowed);
    call.respond(std::move(refused.head), std::move(refused.content));
    return false;
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
