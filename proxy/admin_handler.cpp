#include "proxy/admin_handler.h"

#include "proxy/problem.h"

#include <openssl/crypto.h>

#include <string_view>
#include <utility>

namespace nearside::proxy {

namespace {

void respond_text(exchange& call, int status, std::string_view type, std::string text) {
    response_head head{.status = status};
    head.fields.append("Content-Type", type);
    head.fields.append("Cache-Control", "no-store");
    call.respond(std::move(head), body(std::move(text)));
}

constexpr std::string_view plain = "text/plain; charset=utf-8";
constexpr std::string_view prometheus_text = "text/plain; version=0.0.4; charset=utf-8";

}  // namespace

bool admin_handler::try_handle(exchange& call) {
    const request_head& request = call.head();
    const std::string_view path = request.path();
    const bool known = path == "/healthz" || path == "/readyz" || path == "/metrics";
    if (known && request.method != "GET" && request.method != "HEAD") {
        problem refused = make_problem(405, {errc::method_not_allowed, "this is only read: GET or HEAD"});
        refused.head.fields.append("Allow", "GET, HEAD");
        call.respond(std::move(refused.head), std::move(refused.content));
    } else if (path == "/healthz") {
        respond_text(call, 200, plain, "alive\n");
    } else if (path == "/readyz") {
        const std::string waiting_for = parts_.why_not_ready();
        respond_text(call, waiting_for.empty() ? 200 : 503, plain,
                     waiting_for.empty() ? "ready\n" : waiting_for + '\n');
    } else if (!is_authorized(request)) {
        problem refused = make_problem(401, {errc::unauthorized, "the admin token is wanted as a bearer token"});
        refused.head.fields.append("WWW-Authenticate", "Bearer realm=\"nearside admin\"");
        call.respond(std::move(refused.head), std::move(refused.content));
    } else if (path == "/metrics") {
        respond_text(call, 200, prometheus_text, parts_.metrics());
    } else {
        call.respond_error({errc::not_found, "nothing here; there are /healthz, /readyz and /metrics"});
    }
    return true;
}

// Never asked: everything is answered at once.
boost::asio::awaitable<void> admin_handler::handle(exchange& call) {
    call.respond_error({errc::internal, "not answered"});
    co_return;
}

bool admin_handler::is_authorized(const request_head& request) const {
    constexpr std::string_view scheme = "bearer ";
    if (parts_.token.empty()) return false;
    const auto given = request.fields.find("authorization");
    if (!given || given->size() != scheme.size() + parts_.token.size()) return false;
    if (!iequals(given->substr(0, scheme.size()), scheme)) return false;
    // Takes the same time wherever the first difference is.
    return CRYPTO_memcmp(given->data() + scheme.size(), parts_.token.data(), parts_.token.size()) == 0;
}

}  // namespace nearside::proxy
