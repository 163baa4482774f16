#include "proxy/step_key.h"

#include "cache/digest.h"
#include "cache/key.h"
#include "config/credentials.h"
#include "core/ascii.h"
#include "proxy/route_uri.h"

#include <utility>
#include <vector>

namespace nearside::proxy {

namespace {

// Steps have no rules of their own about their URIs: every parameter counts.
std::string uri_of_step(std::string_view target) {
    static const key_rules as_sent;
    return uri_of(as_sent, target);
}

}  // namespace

step_principal principal_of(const header_fields& forwarded) {
    step_principal who;
    std::vector<std::pair<std::string_view, std::string_view>> values;
    std::vector<std::string> names;
    names.reserve(forwarded.size());
    for (const header_fields::field& each : forwarded) {
        const std::string& name = names.emplace_back(lower_case(each.name));
        values.emplace_back(name, each.value);
        who.one_user |= config::is_credential_header(name);
        who.authorization |= name == "authorization";
        who.cookie |= name == "cookie";
    }
    who.digest = cache::principal_digest(values);
    return who;
}

step_identity identify_step(std::string_view upstream, std::string_view target, const step_principal& who) {
    const std::string uri = uri_of_step(target);
    cache::key_builder key("step", upstream);
    return {.key = key.add_mark(who.upstream_mark).add("get", uri).add_principal(who.digest).take(),
            .uri_tag = uri_tag_of(upstream, uri)};
}

std::string step_uri_tag(std::string_view upstream, std::string_view target) {
    return uri_tag_of(upstream, uri_of_step(target));
}

}  // namespace nearside::proxy
