#include "aggregators/planner_parts.h"
#include "aggregators/shape_program.h"
#include "config/complain.h"

#include <algorithm>
#include <utility>

namespace nearside::aggregators {

using config::position_within;
using config::quote;

void planner::copy_step(step_index at) {
    const config::step_settings& from = view_.steps[at];
    plan_step& step = plan_.steps[at];
    step.name = from.name;
    step.at = from.at;
    if (const config::upstream_settings* const upstream = all_.upstream_of(view_, from)) {
        step.upstream = upstream->name;
        // A list has more than one call, and a POST is never sent behind another call (RFC 9112 9.3.2).
        if (!from.pages && !from.post) step.pipeline = upstream->pipeline;
    }
    step.timeout = from.timeout;
    step.optional = from.optional;
    step.otherwise = buffer::copy_of(from.otherwise ? literal_json(*from.otherwise) : "null");
    // The loader tells this, too; it is told here only to those who didn't ask the loader.
    if (from.faulty) return;
    if (step.upstream.empty() && complaints_.empty())
        complain(from.at, "step " + quote(from.name) + " has no upstream", "name one with `upstream:`");
    if (!from.each && !from.as.value.empty())
        complain(from.as.at, "`as` has no use without `each`", "add `each`, or remove it");
}

// What `pages` says of a path in each page.
std::optional<json_path> planner::page_path(const config::located<std::string>& text) {
    auto path = parse_json_path(text.value);
    if (!path) {
        complain(position_within(text, path.error().offset), path.error().what, path.error().mend);
        return std::nullopt;
    }
    if (path->definite()) return *std::move(path);
    complain(text.at, quote(text.value) + " may select many values, and a page has one",
             "write the way to it in names and indexes, as in `results`");
    return std::nullopt;
}

void planner::plan_pages_of(step_index at) {
    const config::step_settings& from = view_.steps[at];
    if (!from.pages) return;
    auto items = page_path(from.pages->items);
    auto next = page_path(from.pages->next);
    const auto count = from.pages->count ? page_path(*from.pages->count) : std::nullopt;
    const config::upstream_settings* const upstream = all_.upstream_of(view_, from);
    if (!items || !next || (from.pages->count && !count) || upstream == nullptr) return;
    plan_pages pages;
    pages.paths = {*std::move(items), *std::move(next), count};
    pages.origin = {upstream->scheme, upstream->host, upstream->port, upstream->base_path};
    pages.max = from.pages->max.value_or(all_.limits.fan_out);
    pages.parallel = from.pages->parallel.value_or(all_.limits.parallel);
    pages.pipeline = upstream->pipeline;
    pages.size = from.pages->size;
    pages.text = pages.paths.items.to_string() + " " + pages.paths.next.to_string() + " " +
                 (count ? count->to_string() : "") + " " + std::to_string(pages.max) + " " +
                 std::to_string(pages.parallel) + " " + std::to_string(pages.size.value_or(0));
    plan_.steps[at].pages = std::move(pages);
}

void planner::plan_each_of(step_index at) {
    const config::step_settings& from = view_.steps[at];
    if (!from.each || from.faulty) return;
    const std::string& as = from.as.value;
    if (as.empty()) {
        complain(from.each->at, "`each` of step " + quote(from.name) + " gives its item no name",
                 "add `as:` with a name, such as `as: item`");
    } else if (steps_.contains(as) || parameters_.contains(as)) {
        complain(from.as.at,
                 quote(as) + " is the name of a " + (steps_.contains(as) ? "step" : "parameter") + " already",
                 "call the item something else, so that a reference means one thing");
    }
    const auto found = parse_reference(from.each->value);
    if (!found)
        return complain(position_within(*from.each, found.error().offset), found.error().what, found.error().mend);
    const config::position place = position_within(*from.each, 0);
    const auto over = steps_.find(found->root);
    if (over == steps_.end()) {
        if (parameters_.contains(found->root))
            return complain(place, "`each` goes over a step's value, and " + quote(found->root) + " is a parameter",
                            "name a step, as in `jobs[*]`");
        std::vector<std::string_view> known;
        for (const config::step_settings& step : view_.steps) {
            if (step.name != from.name) known.push_back(step.name);
        }
        return complain(place, "no step is called " + quote(found->root), config::suggest_name(found->root, known));
    }
    if (view_.steps[over->second].faulty || parameters_.contains(found->root)) return;  // told already
    const bool over_list = view_.steps[over->second].each.has_value();
    if (found->loop)
        return complain(place,
                        "`each` goes over a whole selection; " + quote(from.each->value) + " means one item of it",
                        "write " + quote(found->root + "[*]"));
    if (found->path.definite()) {
        reference mended = *found;
        mended.path.selectors.emplace_back(wildcard_selector{});
        return complain(place, "`each` goes over many values, and " + quote(from.each->value) + " selects one",
                        "write " + quote(mended.to_string()));
    }
    if (over_list && std::holds_alternative<name_selector>(found->path.selectors.front()))
        return complain(place, quote(found->root) + " is the list of results of its `each`, which has no members",
                        "select its items first, as in " + quote(found->root + "[*]"));

    need(at, over->second, place);
    plan_step& source = plan_.steps[over->second];
    plan_each each;
    each.over = over->second;
    each.fan = static_cast<std::uint32_t>(source.fans.size());
    each.text = from.each->value;
    each.as = as;
    each.parallel = std::max(1U, from.parallel.value_or(all_.limits.parallel));
    each.max = from.max.value_or(all_.limits.fan_out);
    source.fans.push_back({at, found->path, {}, each.max});
    plan_.steps[at].each = std::move(each);
    selections_[at] = each_selection{over->second, found->path};
}

void planner::plan_url_of(step_index at) {
    const config::step_settings& from = view_.steps[at];
    plan_step& step = plan_.steps[at];
    auto url = url_template::parse(from.get.value);
    if (!url) return complain(position_within(from.get, url.error().offset), url.error().what, url.error().mend);
    for (std::size_t site = 0; site < url->references().size(); ++site) {
        const url_template::reference_site& written = url->references()[site];
        const auto found = parse_reference(written.text);
        if (!found) {
            complain(position_within(from.get, written.offset + found.error().offset), found.error().what,
                     found.error().mend);
            continue;
        }
        const auto source = resolve(at, *found, position_within(from.get, written.offset));
        if (!source) continue;
        step.sources.push_back(*source);
        if (source->from != url_source::kind::parameter || !written.whole_pair) continue;
        const plan_parameter& parameter = plan_.parameters[source->index];
        if (!parameter.in_path && !parameter.default_value) url->drop_pair_when_absent(site);
    }
    step.url = *std::move(url);
}

void planner::plan_when_of(step_index at) {
    const config::step_settings& from = view_.steps[at];
    if (!from.when) return;
    auto when = condition::parse(from.when->value);
    if (!when) return complain(position_within(*from.when, when.error().offset), when.error().what, when.error().mend);
    plan_step& step = plan_.steps[at];
    for (const condition::reference_site& written : when->references()) {
        const auto found = parse_reference(written.text);
        if (!found) {
            complain(position_within(*from.when, written.offset + found.error().offset), found.error().what,
                     found.error().mend);
            continue;
        }
        const auto source = resolve(at, *found, position_within(*from.when, written.offset));
        if (!source) continue;
        step.when_sources.push_back(*source);
        step.when_of_item |= source->from == url_source::kind::item || source->from == url_source::kind::sibling;
    }
    step.when = *std::move(when);
}

namespace {

// `"{q}"`, as URLs write references, means what `q` does.
void unwrap_references(config::node& of) {
    for (config::node& item : of.items)
        unwrap_references(item);
    for (config::member& member : of.members) {
        if (member.key.text != "literal") unwrap_references(member.value);
    }
    if (of.is != config::node::kind::scalar || of.text.size() < 3) return;
    if (!of.text.starts_with('{') || of.text.find('}') != of.text.size() - 1) return;
    of.text = of.text.substr(1, of.text.size() - 2);
    ++of.at.column;
}

}  // namespace

void planner::plan_body_of(step_index at) {
    const config::step_settings& from = view_.steps[at];
    if (!from.post) return;
    plan_step& step = plan_.steps[at];
    plan_body body;
    if (!from.body) {
        config::node empty;
        empty.is = config::node::kind::mapping;
        body.made_of = compile_shape(empty, {}, complaints_);
        step.body = std::move(body);
        return;
    }
    // Each step that it may not refer to would be a cycle, which order() tells; items are steps of one document.
    shape_names names = names_for_shapes();
    const auto steps = static_cast<step_index>(names.steps.size());
    step_index owner = at;
    for (std::size_t level = 0; level <= steps && plan_.steps[owner].each; ++level) {
        names.steps.push_back({plan_.steps[owner].each->as, false, {}});
        body.items.push_back(owner);
        owner = plan_.steps[owner].each->over;
    }
    config::node written = *from.body;
    unwrap_references(written);
    body.made_of = compile_shape(written, names, complaints_);
    if (!body.made_of) return;
    for (const std::string& name : body.made_of->program().parameters) {
        const auto parameter = parameters_.find(name);
        if (parameter != parameters_.end() && !check_claim(at, parameter->second, from.body->at)) break;
    }
    for (const step_index used : body.made_of->steps()) {
        if (used < steps) {
            need(at, used, written.at);
            plan_.steps[used].in_body = true;
        } else {
            const plan_each& each = *plan_.steps[body.items[used - steps]].each;
            plan_.steps[each.over].fans[each.fan].whole_items = true;
        }
    }
    step.body = std::move(body);
}

void planner::plan_jq_of(step_index at) {
    if (view_.steps[at].jq) plan_.steps[at].jq = compile_jq(*view_.steps[at].jq, complaints_);
}

}  // namespace nearside::aggregators
