#include "proxy/webhook_handler.h"

#include "proxy/admin_answer.h"
#include "proxy/admin_invalidate.h"
#include "proxy/cluster.h"
#include "proxy/invalidator.h"
#include "proxy/problem.h"
#include "proxy/read_whole.h"
#include "proxy/seen_once.h"
#include "proxy/webhook_signature.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

namespace nearside::proxy {

namespace asio = boost::asio;

namespace {

void refuse(exchange& call, int status, std::string_view type, std::string_view detail) {
    problem refused = make_problem(status, type, detail);
    call.respond(std::move(refused.head), std::move(refused.content));
}

}  // namespace

const config::webhook_settings* webhook_handler::find(std::string_view path) const noexcept {
    const auto found = std::find_if(settings_.begin(), settings_.end(),
                                    [path](const config::webhook_settings& each) { return each.path == path; });
    return found == settings_.end() ? nullptr : &*found;
}

asio::awaitable<bool> webhook_handler::is_first(std::string name, milliseconds remembered) const {
    if (!parts_.seen->is_first(name, remembered, parts_.time->steady_now())) co_return false;
    if (parts_.nodes == nullptr) co_return true;
    auto asking = parts_.nodes->is_first("webhook:" + name, remembered);
    co_return co_await std::move(asking);
}

asio::awaitable<void> webhook_handler::answer(exchange& call) const {
    const config::webhook_settings& of = *find(call.head().path());
    const std::string field = call.head().fields.combined(webhook_signature_field);
    auto reading = read_whole(call, of.body);
    const result<std::string> body = co_await std::move(reading);
    if (!body) {
        call.respond_error(body.error());
        co_return;
    }
    const std::optional<webhook_signature> signature = webhook_signature::read(field);
    const bool good = signature && signature->is_of(*body, of.secret);
    if (!good || !signature->is_within(of.tolerance, parts_.time->wall_now())) {
        parts_.log->warning("webhook refused", {{"path", of.path},
                                                {"from", call.peer_address()},
                                                {"reason", good ? "signed too long ago" : "no good signature"}});
        refuse(call, 401, "unauthorized",
               good ? "the signature's time is too far from now" : "nearside-signature is not of this body");
        co_return;
    }
    result<cache::invalidation_order> order = read_invalidation(*body);
    if (!order) {
        call.respond_error(order.error());
        co_return;
    }
    std::string name = webhook_signature::name_of(signature->time_text(), *body, of.secret);
    // What is as old as that is refused for its age.
    auto asking = is_first(std::move(name), 2 * of.tolerance);
    const bool first = co_await std::move(asking);
    if (!first) {
        refuse(call, 409, "repeated", "this has been carried out already");
        co_return;
    }
    const std::string what = summary_of(*order);
    auto applying = parts_.invalidations->apply(*order);
    const invalidation_outcome outcome = co_await std::move(applying);
    parts_.log->info("webhook", {{"path", of.path},
                                 {"from", call.peer_address()},
                                 {"what", what},
                                 {"nodes", outcome.nodes},
                                 {"confirmed", outcome.confirmed}});
    admin_answer told = told_invalidation(*order, outcome);
    const bool everywhere = told.status == 200;
    response_head head{.status = everywhere ? 204 : told.status};
    head.fields.append("Cache-Control", "no-store");
    if (!everywhere) head.fields.append("Content-Type", "application/json");
    call.respond(std::move(head), everywhere ? nearside::body() : nearside::body(std::move(told.json)));
}

}  // namespace nearside::proxy
