#include "proxy/admin_handler.h"

#include "core/percent_encoding.h"
#include "proxy/admin_answer.h"
#include "proxy/admin_invalidate.h"
#include "proxy/problem.h"
#include "proxy/read_whole.h"

#include <optional>
#include <string_view>
#include <utility>

namespace nearside::proxy {

namespace asio = boost::asio;

namespace {

using kind = admin_call::kind;

constexpr std::string_view plain_text = "text/plain; charset=utf-8";
constexpr std::string_view prometheus_text = "text/plain; version=0.0.4; charset=utf-8";
constexpr std::string_view json_type = "application/json";

void respond_text(exchange& call, int status, std::string_view type, std::string text) {
    response_head head{.status = status};
    head.fields.append("Content-Type", type);
    head.fields.append("Cache-Control", "no-store");
    call.respond(std::move(head), body(std::move(text)));
}

void respond(exchange& call, problem refused) {
    call.respond(std::move(refused.head), std::move(refused.content));
}

void respond(exchange& call, admin_answer answer) {
    respond_text(call, answer.status, json_type, std::move(answer.json));
}

result<cache::invalidation_order> order_of(exchange& call, const admin_call& asked, const std::string& content) {
    const request_head& request = call.head();
    if (asked.is == kind::purge) return read_purge(request);
    if (asked.is == kind::purge_tag) return read_tag_purge(asked.rest, request.fields, content);
    return read_invalidation(content);
}

// What Fastly's clients send in place of Authorization counts where they call.
std::string_view secret_of(const request_head& request, const admin_call& asked) noexcept {
    const bool is_purge = asked.is == kind::purge || asked.is == kind::purge_tag;
    if (const auto key = request.fields.find("fastly-key"); key && is_purge) return *key;
    return bearer_of(request.fields);
}

}  // namespace

bool admin_handler::try_handle(exchange& call) {
    const request_head& request = call.head();
    const admin_call asked = understand_call(request.method, request.path());
    if (asked.is != kind::alive && asked.is != kind::ready && asked.is != kind::metrics) return false;
    if (!asked.fits) {
        respond(call, wrong_method(asked));
    } else if (asked.is == kind::alive) {
        respond_text(call, 200, plain_text, "alive\n");
    } else if (asked.is == kind::ready) {
        const std::string waiting_for = parts_.why_not_ready();
        respond_text(call, waiting_for.empty() ? 200 : 503, plain_text,
                     waiting_for.empty() ? "ready\n" : waiting_for + '\n');
    } else if (!welcome(call, asked).empty()) {
        respond_text(call, 200, prometheus_text, parts_.metrics());
    }
    return true;
}

asio::awaitable<void> admin_handler::handle(exchange& call) {
    const admin_call asked = understand_call(call.head().method, call.head().path());
    std::string who = welcome(call, asked);
    if (who.empty()) co_return;
    if (asked.is == kind::unknown) {
        call.respond_error({errc::not_found, "nothing here; docs/admin.md tells what there is"});
    } else if (!asked.fits) {
        respond(call, wrong_method(asked));
    } else if (asked.is == kind::entries) {
        co_await list_entries(call);
    } else if (asked.is == kind::entry) {
        tell_entry(call, asked);
    } else if (asked.is == kind::reload) {
        co_await reload(call, asked, std::move(who));
    } else if (asked.is == kind::drain) {
        drain(call, asked, who);
    } else {
        co_await invalidate(call, asked, std::move(who));
    }
}

std::string admin_handler::welcome(exchange& call, const admin_call& asked) const {
    using answer = admin_verdict::answer;
    const auto how = asked.is == kind::metrics ? admin_access::counting::uncounted : admin_access::counting::counted;
    admin_verdict verdict =
        parts_.access->judge(secret_of(call.head(), asked), asked.role, how, parts_.time->steady_now());
    // Who may call something learns that there is nothing here, whatever the token is for.
    if (verdict.is == answer::forbidden && asked.is == kind::unknown) verdict.is = answer::welcome;
    if (verdict.is == answer::welcome) return std::move(verdict.who);
    // One that is over its rate would fill the log.
    if (verdict.is != answer::too_many) {
        parts_.log->warning("admin call refused",
                            {{"who", verdict.who},
                             {"from", call.peer_address()},
                             {"call", asked.name},
                             {"reason", verdict.is == answer::unknown ? "no good token" : "a token for other calls"}});
    }
    respond(call, refusal_of(verdict, asked));
    return {};
}

asio::awaitable<void> admin_handler::invalidate(exchange& call, admin_call asked, std::string who) const {
    const result<std::string> content = co_await read_whole(call, invalidation_limits::body_bytes);
    if (!content) {
        call.respond_error(content.error());
        co_return;
    }
    result<cache::invalidation_order> order = order_of(call, asked, *content);
    if (!order) {
        call.respond_error(order.error());
        co_return;
    }
    const std::string what = summary_of(*order);
    auto applying = parts_.invalidate(*order);
    const invalidation_outcome outcome = co_await std::move(applying);
    const std::string_view how = order->how == cache::invalidation::hard ? "hard" : "soft";
    std::string came_of_it(how);
    came_of_it.append(", confirmed by ").append(std::to_string(outcome.confirmed));
    came_of_it.append(" of ").append(std::to_string(outcome.nodes));
    if (!outcome.trouble.empty()) came_of_it.append("; ").append(outcome.trouble);
    note(call, asked, who, what, came_of_it);
    respond(call, told_invalidation(*order, outcome));
}

asio::awaitable<void> admin_handler::list_entries(exchange& call) const {
    auto listing = parts_.entries->list(std::string(call.head().query()));
    result<std::string> page = co_await std::move(listing);
    if (page) {
        respond_text(call, 200, json_type, *std::move(page));
    } else {
        call.respond_error(page.error());
    }
}

void admin_handler::tell_entry(exchange& call, const admin_call& asked) const {
    const std::optional<std::string> key = percent_decoded(asked.rest);
    if (!key) return call.respond_error({errc::bad_request, "the key in the path is not percent-encoded right"});
    result<std::string> told = parts_.entries->one(*key);
    if (!told) return call.respond_error(told.error());
    respond_text(call, 200, json_type, *std::move(told));
}

asio::awaitable<void> admin_handler::reload(exchange& call, admin_call asked, std::string who) const {
    auto reading = parts_.reload();
    const reload_outcome outcome = co_await std::move(reading);
    const std::size_t complaints = outcome.complaints.size();
    note(call, asked, who, "configuration", outcome.taken ? "taken" : std::to_string(complaints) + " complaints");
    respond(call, told_reload(outcome));
}

void admin_handler::drain(exchange& call, const admin_call& asked, const std::string& who) const {
    const drain_outcome outcome = parts_.drain();
    note(call, asked, who, "process", outcome.already ? "drains already" : "drains");
    respond(call, told_drain(outcome));
}

void admin_handler::note(exchange& call, const admin_call& asked, std::string_view who, std::string_view what,
                         std::string_view outcome) const {
    parts_.log->info(
        "admin change",
        {{"who", who}, {"from", call.peer_address()}, {"call", asked.name}, {"what", what}, {"outcome", outcome}});
}

}  // namespace nearside::proxy
