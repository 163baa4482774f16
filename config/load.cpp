#include "config/load.h"

#include "config/check_settings.h"
#include "config/files.h"
#include "config/read_tree.h"
#include "config/reader.h"
#include "config/sections.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace nearside::config {

namespace {

bool is_known(std::string_view name) {
    const std::vector<std::string_view>& known = known_sections();
    return std::find(known.begin(), known.end(), name) != known.end();
}

template <class Read>
void each_member(const member& section, const section_context& context, Read read) {
    if (!expect_mapping(section.value, quote(section.key.text), context.out)) return;
    for (const member& item : section.value.members)
        read(item);
}

void read_section(const member& section, settings& into, const section_context& context) {
    const std::string_view name = section.key.text;
    // A heading whose lines are all commented out.
    if (section.value.is == node::kind::null && is_known(name)) return;
    if (name == "upstreams") {
        each_member(section, context,
                    [&](const member& item) { into.upstreams.push_back(read_upstream(item, context)); });
    } else if (name == "views") {
        each_member(section, context, [&](const member& item) {
            if (auto view = read_view(item, context)) into.views.push_back(std::move(*view));
        });
    } else if (name == "routes") {
        if (!expect_sequence(section.value, "`routes`", context.out)) return;
        for (const node& item : section.value.items) {
            if (auto route = read_route(item, context)) into.routes.push_back(std::move(*route));
        }
    } else if (name == "server") {
        read_server(section, into.server, context);
    } else if (name == "admin") {
        read_admin(section, into.admin, context);
    } else if (name == "log") {
        read_log(section, into.log, context);
    } else if (name == "cache") {
        read_cache(section, into.cache, context);
    } else if (name == "limits") {
        read_limits(section, into.limits, context);
    } else if (name == "streams") {
        read_streams(section, into.streams, context);
    } else if (name == "webhooks") {
        if (!expect_sequence(section.value, "`webhooks`", context.out)) return;
        for (const node& item : section.value.items)
            read_webhook(item, into.webhooks, context);
    } else if (!name.starts_with("x-")) {
        context.out.push_back({section.key.at, "unknown section " + quote(name), suggest_name(name, known_sections())});
    }
}

load_outcome finish(read_outcome tree, complaint_list complaints, const file_source& files) {
    load_outcome outcome;
    const section_context context{complaints, files};
    for (const member& section : tree.root.members)
        read_section(section, outcome.value, context);
    if (outcome.value.upstreams.size() == 1) {
        for (route_settings& route : outcome.value.routes) {
            if (route.upstream.empty()) route.upstream = outcome.value.upstreams.front().name;
        }
    }
    if (tree.whole) check_settings(outcome.value, complaints);
    sort_complaints(complaints);
    outcome.complaints = std::move(complaints);
    return outcome;
}

}  // namespace

load_outcome load(const std::string& file, const environment& env) {
    const disk_files files;
    complaint_list complaints;
    read_outcome tree = read_tree(file, files, env, complaints);
    return finish(std::move(tree), std::move(complaints), files);
}

load_outcome load_text(const std::string& name, std::string_view text, const environment& env) {
    const no_files files;
    complaint_list complaints;
    read_outcome tree = read_tree_of(name, text, files, env, complaints);
    return finish(std::move(tree), std::move(complaints), files);
}

}  // namespace nearside::config
