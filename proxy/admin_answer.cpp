#include "proxy/admin_answer.h"

#include "core/json_string.h"

namespace nearside::proxy {

namespace {

void append_names(std::string& out, std::string_view name, const std::vector<std::string>& texts) {
    out.append(",\"").append(name).append("\":");
    append_json_list(out, texts);
}

}  // namespace

admin_answer told_invalidation(const cache::invalidation_order& order, const invalidation_outcome& outcome) {
    const bool everywhere = outcome.trouble.empty() && outcome.confirmed >= outcome.nodes;
    admin_answer answer{everywhere ? 200 : 202, {}};
    std::string& out = answer.json;
    out = order.how == cache::invalidation::hard ? R"({"mode":"hard")" : R"({"mode":"soft")";
    append_names(out, "tags", order.tags);
    append_names(out, "keys", order.keys);
    append_names(out, "views", order.views);
    append_names(out, "paths", order.paths);
    out.append(",\"keys_stored\":").append(std::to_string(outcome.keys_stored));
    out.append(",\"nodes\":").append(std::to_string(outcome.nodes));
    out.append(",\"confirmed\":").append(std::to_string(outcome.confirmed));
    if (!outcome.trouble.empty()) out.append(",\"trouble\":").append(json_string(outcome.trouble));
    out += "}\n";
    return answer;
}

admin_answer told_reload(const reload_outcome& outcome) {
    admin_answer answer{outcome.taken ? 200 : 422, {}};
    std::string& out = answer.json;
    out = outcome.taken ? R"({"reloaded":true)" : R"({"reloaded":false)";
    append_names(out, "complaints", outcome.complaints);
    append_names(out, "needs_restart", outcome.needs_restart);
    out += "}\n";
    return answer;
}

admin_answer told_drain(const drain_outcome& outcome) {
    return {200,
            outcome.already ? "{\"draining\":true,\"already\":true}\n" : "{\"draining\":true,\"already\":false}\n"};
}

problem refusal_of(const admin_verdict& verdict, const admin_call& asked) {
    using answer = admin_verdict::answer;
    if (verdict.is == answer::too_many) {
        problem refused = make_problem(429, "too_many_calls", "more calls than `admin.calls_a_second` allows");
        refused.head.fields.append("Retry-After", std::to_string(verdict.retry_after.count()));
        return refused;
    }
    if (verdict.is == answer::forbidden) {
        return make_problem(
            403, "forbidden",
            "this token is not for it: the role `" + std::string(to_string(asked.role)) + "` is wanted");
    }
    problem refused = make_problem(401, {errc::unauthorized, "the admin token is wanted as a bearer token"});
    refused.head.fields.append("WWW-Authenticate", "Bearer realm=\"nearside admin\"");
    return refused;
}

problem wrong_method(const admin_call& asked) {
    const bool only_read = asked.methods == "GET, HEAD";
    problem refused = make_problem(
        405, {errc::method_not_allowed, only_read ? "this is only read: GET or HEAD" : "this wants a POST"});
    refused.head.fields.append("Allow", asked.methods);
    return refused;
}

}  // namespace nearside::proxy
