#include "config/check_settings.h"

#include "config/check_warm.h"
#include "config/credentials.h"
#include "config/url_path.h"

#include <map>
#include <set>

namespace nearside::config {

namespace {

bool is_every_address(std::string_view host) noexcept {
    return host == "0.0.0.0" || host == "::";
}

class checker {
public:
    checker(const settings& all, complaint_list& out) : all_(all), out_(out) {
        for (const upstream_settings& each : all.upstreams)
            names_.push_back(each.name);
    }

    void run() {
        check_listeners();
        check_routes();
        check_views();
    }

private:
    void check_listeners() {
        const address& server = all_.server.listen;
        const address& admin = all_.admin.listen;
        const bool overlap = server.host == admin.host || is_every_address(server.host) || is_every_address(admin.host);
        if (server.port == 0 || server.port != admin.port || !overlap) return;
        const position& at = all_.admin.listen_at.line > 0 ? all_.admin.listen_at : all_.server.listen_at;
        out_.push_back({at, "`server` and `admin` listen on the same port", "give one of them another port"});
    }

    void check_upstream(const std::string& name, const position& at) {
        if (all_.find_upstream(name) != nullptr) return;
        out_.push_back({at, "there is no upstream " + quote(name),
                        names_.empty() ? "add it under `upstreams`" : suggest_name(name, names_)});
    }

    void complain_unsaid(const std::string& who, const position& at) {
        if (names_.empty()) {
            out_.push_back({at, who + " has no upstream to ask", "add one under `upstreams`"});
        } else {
            out_.push_back({at, who + " does not say which upstream it is for",
                            "add `upstream: " + all_.upstreams.front().name + "`"});
        }
    }

    void check_path(const std::string& shape, const located<std::string>& path,
                    std::map<std::string, position>& taken) {
        check_reachable(shape, path);
        const auto [first, added] = taken.emplace(shape, path.at);
        if (added) return;
        out_.push_back({path.at,
                        "the path " + quote(path.value) + " is served already, by " + first->second.to_string(),
                        "give it another path, or remove one of the two"});
    }

    // nearside answers it itself, before it looks for a view or a route; a wildcard still has the rest.
    void check_reachable(const std::string& shape, const located<std::string>& path) {
        if (shape != streams_path || all_.streams.max == 0) return;
        out_.push_back({path.at, "the path " + quote(path.value) + " is never reached: streams are asked for there",
                        "give it another path, or turn streams off with `streams: {max: 0}`"});
    }

    void check_routes() {
        std::map<std::string, position> taken;
        for (const route_settings& route : all_.routes) {
            if (!route.faulty_path)
                check_path(parse_route_path(route.path.value).value.value_or(path_pattern{}).shape, route.path, taken);
            if (route.faulty_upstream) continue;
            if (!route.upstream.empty()) {
                check_upstream(route.upstream, route.upstream_at);
            } else {
                complain_unsaid(route.path.value.empty() ? "a route" : "route " + quote(route.path.value),
                                route.upstream_at);
            }
        }
    }

    void check_views() {
        std::map<std::string, position> taken;
        for (const view_settings& view : all_.views) {
            if (!view.faulty_path)
                check_path(parse_view_path(view.path.value).value.value_or(path_pattern{}).shape, view.path, taken);
            if (view.upstream) check_upstream(view.upstream->value, view.upstream->at);
            for (const step_settings& step : view.steps)
                check_step(view, step);
            for (const warm_settings& item : view.warm) {
                if (item.from) check_step(view, item.from->of);
            }
            if (view.scope == view_scope::everyone) check_public(view);
            check_warm(view, all_, out_);
        }
    }

    void check_step(const view_settings& view, const step_settings& step) {
        if (step.faulty) return;
        if (step.upstream) {
            check_upstream(step.upstream->value, step.upstream->at);
        } else if (!view.faulty_upstream && !view.upstream && all_.upstreams.size() != 1) {
            complain_unsaid("step " + quote(step.name), step.at);
        }
    }

    void check_public(const view_settings& view) {
        if (!view.claims.empty())
            out_.push_back({view.scope_at, "`scope: public` and `claims` exclude each other: a claim is of one user",
                            "write `scope: user`, or remove `claims`"});
        std::set<const upstream_settings*> told;
        for (const step_settings& step : view.steps) {
            if (step.faulty) continue;
            const upstream_settings* upstream = all_.upstream_of(view, step);
            if (upstream == nullptr || !forwards_credentials(*upstream) || !told.insert(upstream).second) continue;
            std::string names;
            for (const std::string& header : upstream->forward) {
                if (is_credential_header(header)) names += (names.empty() ? "" : ", ") + quote(header);
            }
            out_.push_back({view.scope_at,
                            "`scope: public` would show everybody what upstream " + quote(upstream->name) +
                                " sent to one user: it forwards " + names,
                            "write `scope: user`, or take the steps from an upstream that forwards no credentials"});
        }
    }

    const settings& all_;
    complaint_list& out_;
    std::vector<std::string_view> names_;
};

}  // namespace

void check_settings(const settings& all, complaint_list& out) {
    checker(all, out).run();
}

}  // namespace nearside::config
