#include "proxy/route.h"

#include "config/credentials.h"
#include "config/url_path.h"
#include "proxy/marks.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <span>
#include <string_view>
#include <utility>

namespace nearside::proxy {

namespace {

// What APIs know their users by. Others are named by the operator, in the upstream's `forward` or the route's `key`.
constexpr std::array<std::string_view, 6> usual_credentials = {"api-key",        "authorization", "cookie",
                                                               "x-access-token", "x-api-key",     "x-auth-token"};

void sort_unique(std::vector<std::string>& names) {
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
}

cache::route_policy policy_of(const config::route_settings& settings) {
    cache::route_policy policy;
    policy.windows = {settings.windows.fresh, settings.windows.stale, settings.windows.stale_if_error};
    for (const config::negative_settings& each : settings.negative)
        policy.negative.push_back({each.first, each.last, each.fresh});
    policy.override_origin = settings.override_origin;
    return policy;
}

key_rules key_of(const config::route_settings& settings, const config::settings& all, bool by_principal) {
    key_rules rules;
    rules.query = settings.key.query;
    rules.parameters = name_set(settings.key.parameters);
    rules.cookies = settings.key.cookies;
    if (rules.cookies) sort_unique(*rules.cookies);

    std::vector<std::string> names = settings.key.headers;
    if (by_principal) {
        names.insert(names.end(), usual_credentials.begin(), usual_credentials.end());
        // They tell an upstream who asks and how it should answer, whatever its Vary says.
        if (const config::upstream_settings* upstream = all.find_upstream(settings.upstream)) {
            names.insert(names.end(), upstream->forward.begin(), upstream->forward.end());
        }
    }
    if (rules.cookies) std::erase(names, "cookie");
    sort_unique(names);
    for (std::string& name : names) {
        auto& list = config::is_credential_header(name) ? rules.secret_headers : rules.headers;
        list.push_back(std::move(name));
    }
    constexpr std::size_t last_bit = 63;
    const auto remember_length = [&](std::string_view name) {
        rules.secret_lengths |= std::size_t{1} << std::min(name.size(), last_bit);
    };
    for (const std::string& name : rules.secret_headers)
        remember_length(name);
    if (rules.cookies) remember_length("cookie");
    return rules;
}

// Whether a parameter of this name is part of the key.
bool counts(const config::route_key_settings& key, std::string_view parameter) {
    using rule = config::route_key_settings::query_rule;
    if (key.query == rule::none) return false;
    if (key.query == rule::only) return name_set(key.parameters).contains(parameter);
    if (key.query == rule::except) return !name_set(key.parameters).contains(parameter);
    return true;
}

class template_compiler {
public:
    template_compiler(const config::route_settings& settings, config::complaint_list& complaints)
        : settings_(settings), complaints_(complaints) {
        auto pattern = config::parse_route_path(settings.path.value);
        if (pattern.value) captures_ = std::move(pattern.value->parameters);
        if (settings.faulty_path) name_captures();
    }

    std::vector<tag_template> compile(std::span<const config::located<std::string>> texts, bool bodies) {
        std::vector<tag_template> made;
        for (const config::located<std::string>& text : texts) {
            aggregators::parsed<tag_template> parsed = tag_template::parse(
                text.value, {captures_, bodies, !settings_.faulty_path, !settings_.path.value.empty()});
            if (!parsed) {
                aggregators::path_problem problem = std::move(parsed).error();
                complain(text, problem.offset, std::move(problem.what), std::move(problem.mend));
                continue;
            }
            if (!bodies) check_parameters(text, *parsed);
            made.push_back(*std::move(parsed));
        }
        return made;
    }

private:
    // The names in a path that is no pattern.
    void name_captures() {
        const std::string_view path = settings_.path.value;
        for (std::size_t open = path.find('{'); open != std::string_view::npos; open = path.find('{', open + 1)) {
            const std::size_t close = path.find('}', open);
            if (close == std::string_view::npos) break;
            captures_.emplace_back(path.substr(open + 1, close - open - 1));
        }
    }

    // A stored response that answers every value of a parameter has none of its own to be named by.
    void check_parameters(const config::located<std::string>& text, const tag_template& of) {
        for (const tag_template::piece& piece : of.pieces()) {
            const auto* parameter = piece.then ? std::get_if<tag_template::parameter>(&*piece.then) : nullptr;
            if (parameter == nullptr || counts(settings_.key, parameter->name)) continue;
            complain(text, piece.offset, "the parameter " + config::quote(parameter->name) + " is not part of the key",
                     "let it count in `key: {query: ..}`, or take the reference out");
        }
    }

    void complain(const config::located<std::string>& text, std::size_t offset, std::string what, std::string mend) {
        complaints_.push_back({config::position_within(text, offset), std::move(what), std::move(mend)});
    }

    const config::route_settings& settings_;
    config::complaint_list& complaints_;
    std::vector<std::string> captures_;
};

invalidation_rules invalidation_of(std::vector<tag_template> templates) {
    invalidation_rules rules;
    for (const tag_template& each : templates) {
        for (const tag_template::piece& piece : each.pieces()) {
            const auto* value = piece.then ? std::get_if<tag_template::body_value>(&*piece.then) : nullptr;
            if (value == nullptr) continue;
            (value->of == tag_template::message::request ? rules.request_paths : rules.response_paths)
                .push_back(value->path);
        }
    }
    rules.templates = std::move(templates);
    return rules;
}

}  // namespace

bool route::counts_header(std::string_view name) const noexcept {
    const auto holds = [&](const std::vector<std::string>& names) {
        return std::binary_search(names.begin(), names.end(), name, std::less<>{});
    };
    return holds(key.headers) || holds(key.secret_headers);
}

std::shared_ptr<const route> make_route(const config::route_settings& settings, const config::settings& all,
                                        config::complaint_list& complaints) {
    const std::size_t complaints_before = complaints.size();
    auto made = std::make_shared<route>();
    made->path = settings.path.value;
    made->upstream = settings.upstream;
    made->mark = mark_of(settings, all);
    made->policy = policy_of(settings);
    const config::refresh_windows& windows = settings.windows;
    made->by_principal = windows.fresh || windows.stale || windows.stale_if_error || !settings.negative.empty();
    made->key = key_of(settings, all, made->by_principal);
    made->bypass = {settings.bypass.headers, settings.bypass.cookies, name_set(settings.bypass.parameters)};
    sort_unique(made->bypass.cookies);

    template_compiler templates(settings, complaints);
    made->tags = templates.compile(settings.tags, false);
    made->invalidates = invalidation_of(templates.compile(settings.invalidates, true));
    return complaints.size() == complaints_before ? made : nullptr;
}

}  // namespace nearside::proxy
