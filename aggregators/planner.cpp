#include "aggregators/planner.h"

#include "aggregators/plan_cycles.h"
#include "config/complain.h"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace nearside::aggregators {
namespace {

using config::quote;

// Where byte `offset` of a text stands in the file; columns count characters.
config::position inside(const config::located<std::string>& text, std::size_t offset) {
    config::position place = text.at;
    const std::string_view before = std::string_view(text.value).substr(0, offset);
    const auto is_first_byte = [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U; };
    place.column +=
        static_cast<std::uint32_t>(std::count_if(before.begin(), before.end(), is_first_byte)) + (text.quoted ? 1 : 0);
    return place;
}

class planner {
public:
    planner(const config::view_settings& view, const config::settings& all, std::vector<config::complaint>& complaints)
        : view_(view), all_(all), complaints_(complaints), had_(complaints.size()) {}

    std::shared_ptr<const plan> make();

private:
    struct each_selection {
        step_index over = 0;
        json_path path;
        friend bool operator==(const each_selection&, const each_selection&) = default;
    };

    void complain(config::position at, std::string what, std::string mend) {
        complaints_.push_back({std::move(at), std::move(what), std::move(mend)});
    }
    void name_parameters();
    void name_steps();
    void copy_step(step_index at);
    void plan_each_of(step_index at);
    void plan_url_of(step_index at);
    std::optional<url_source> resolve(step_index at, const reference& found, const config::position& place);
    std::optional<url_source> resolve_item(step_index at, const reference& found, const config::position& place);
    std::optional<url_source> resolve_step(step_index at, step_index to, const reference& found,
                                           const config::position& place);
    std::optional<url_source> resolve_sibling(step_index at, step_index to, const reference& found,
                                              const config::position& place);
    void complain_unknown(step_index at, const reference& found, const config::position& place);
    void need(step_index at, step_index what, const config::position& place);
    std::uint32_t value_index(step_index of, const json_path& path);
    void order();
    void compile_out();
    void read_otherwise();
    std::string upstream_of(const config::step_settings& step) const;

    const config::view_settings& view_;
    const config::settings& all_;
    std::vector<config::complaint>& complaints_;
    const std::size_t had_;
    plan plan_;
    std::unordered_map<std::string_view, std::uint32_t> parameters_;
    std::unordered_map<std::string_view, step_index> steps_;
    std::vector<std::optional<each_selection>> selections_;
    std::vector<std::map<step_index, config::position>> needs_;  // and where that is first said
    std::map<std::pair<step_index, std::string>, std::uint32_t> values_;
};

std::shared_ptr<const plan> planner::make() {
    plan_.name = view_.name;
    plan_.path = view_.path.value;
    plan_.limits = all_.limits;
    name_parameters();
    name_steps();
    plan_.steps.resize(view_.steps.size());
    selections_.resize(view_.steps.size());
    needs_.resize(view_.steps.size());
    for (step_index at = 0; at < plan_.steps.size(); ++at)
        copy_step(at);
    for (step_index at = 0; at < plan_.steps.size(); ++at)
        plan_each_of(at);
    for (step_index at = 0; at < plan_.steps.size(); ++at)
        plan_url_of(at);
    order();
    const auto is_faulty = [](const config::step_settings& step) { return step.faulty; };
    const bool faulty = std::any_of(view_.steps.begin(), view_.steps.end(), is_faulty);
    // What a faulty step is, one value or a list, decides what `out` may do with it.
    if (faulty) return nullptr;
    compile_out();
    const auto has_upstream = [](const plan_step& step) { return !step.upstream.empty(); };
    if (!std::all_of(plan_.steps.begin(), plan_.steps.end(), has_upstream)) return nullptr;
    if (complaints_.size() > had_) return nullptr;
    read_otherwise();
    if (complaints_.size() > had_) return nullptr;
    return std::make_shared<const plan>(std::move(plan_));
}

void planner::name_parameters() {
    const std::string_view path = view_.path.value;
    for (std::size_t open = path.find('{'); open != std::string_view::npos; open = path.find('{', open + 1)) {
        const std::size_t close = path.find('}', open);
        if (close == std::string_view::npos) break;
        plan_.parameters.push_back({std::string(path.substr(open + 1, close - open - 1)), true, std::nullopt});
    }
    for (const auto& query : view_.query)
        plan_.parameters.push_back({query.name, false, query.default_value});
    for (std::uint32_t at = 0; at < plan_.parameters.size(); ++at)
        parameters_.emplace(plan_.parameters[at].name, at);
}

void planner::name_steps() {
    for (step_index at = 0; at < view_.steps.size(); ++at) {
        const config::step_settings& step = view_.steps[at];
        if (parameters_.contains(step.name))
            complain(step.at, "step " + quote(step.name) + " has the name of a parameter of the view",
                     "give one of them another name, so that a reference means one thing");
        if (!steps_.emplace(step.name, at).second)
            complain(step.at, "a second step is called " + quote(step.name), "give it another name");
    }
}

void planner::copy_step(step_index at) {
    const config::step_settings& from = view_.steps[at];
    plan_step& step = plan_.steps[at];
    step.name = from.name;
    step.at = from.at;
    step.upstream = upstream_of(from);
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

std::string planner::upstream_of(const config::step_settings& step) const {
    if (step.upstream) return step.upstream->value;
    if (view_.upstream) return view_.upstream->value;
    return all_.upstreams.size() == 1 ? all_.upstreams.front().name : std::string();
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
    if (!found) return complain(inside(*from.each, found.error().offset), found.error().what, found.error().mend);
    const config::position place = inside(*from.each, 0);
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
    if (from.faulty) return;
    plan_step& step = plan_.steps[at];
    auto url = url_template::parse(from.get.value);
    if (!url) return complain(inside(from.get, url.error().offset), url.error().what, url.error().mend);
    for (std::size_t site = 0; site < url->references().size(); ++site) {
        const url_template::reference_site& written = url->references()[site];
        const auto found = parse_reference(written.text);
        if (!found) {
            complain(inside(from.get, written.offset + found.error().offset), found.error().what, found.error().mend);
            continue;
        }
        const auto source = resolve(at, *found, inside(from.get, written.offset));
        if (!source) continue;
        step.sources.push_back(*source);
        if (source->from != url_source::kind::parameter || !written.whole_pair) continue;
        const plan_parameter& parameter = plan_.parameters[source->index];
        if (!parameter.in_path && !parameter.default_value) url->drop_pair_when_absent(site);
    }
    step.url = *std::move(url);
}

std::optional<url_source> planner::resolve(step_index at, const reference& found, const config::position& place) {
    const config::step_settings& step = view_.steps[at];
    if (step.each && found.root == step.as.value) return resolve_item(at, found, place);
    const auto to = steps_.find(found.root);
    const auto parameter = parameters_.find(found.root);
    if (to != steps_.end()) {
        // Told already: it means two things, or one that could not be read.
        if (parameter != parameters_.end() || view_.steps[to->second].faulty) return std::nullopt;
        return resolve_step(at, to->second, found, place);
    }
    if (parameter == parameters_.end()) {
        complain_unknown(at, found, place);
        return std::nullopt;
    }
    if (found.loop || !found.path.selectors.empty()) {
        complain(place, quote(found.root) + " is a parameter, one value without parts",
                 "write " + quote("{" + found.root + "}"));
        return std::nullopt;
    }
    return url_source{url_source::kind::parameter, 0, parameter->second};
}

std::optional<url_source> planner::resolve_item(step_index at, const reference& found, const config::position& place) {
    if (!plan_.steps[at].each) return std::nullopt;  // told already
    if (found.loop || !found.path.definite()) {
        complain(place, quote(found.to_string()) + " may select many values, a URL takes one",
                 "refer to one value of the item, as in " + quote("{" + found.root + ".id}"));
        return std::nullopt;
    }
    const plan_each& each = *plan_.steps[at].each;
    std::vector<json_path>& columns = plan_.steps[each.over].fans[each.fan].columns;
    const auto known = std::find(columns.begin(), columns.end(), found.path);
    const auto column = static_cast<std::uint32_t>(known - columns.begin());
    if (known == columns.end()) columns.push_back(found.path);
    return url_source{url_source::kind::item, at, column};
}

std::optional<url_source> planner::resolve_step(step_index at, step_index to, const reference& found,
                                                const config::position& place) {
    const config::step_settings& target = view_.steps[to];
    if (found.loop) return resolve_sibling(at, to, found, place);
    if (target.each) {
        const bool picks_one =
            !found.path.selectors.empty() && std::holds_alternative<index_selector>(found.path.selectors.front());
        if (!picks_one) {
            complain(place, quote(target.name) + " is the list of results of its `each`, and a URL takes one value",
                     "fan out over it with `each: \"" + target.name + "[*]\"`, or pick one result, as in " +
                         quote(target.name + "[0].id"));
            return std::nullopt;
        }
    }
    if (!found.path.definite()) {
        complain(place, quote(found.to_string()) + " may select many values, a URL takes one",
                 "fan out with `each:` and `as:`, and refer to the item");
        return std::nullopt;
    }
    need(at, to, place);
    return url_source{url_source::kind::step, to, value_index(to, found.path)};
}

std::optional<url_source> planner::resolve_sibling(step_index at, step_index to, const reference& found,
                                                   const config::position& place) {
    const config::step_settings& step = view_.steps[at];
    const config::step_settings& target = view_.steps[to];
    if (!target.each) {
        complain(place, quote(target.name) + " has no `each`, so it holds no result for " + quote(*found.loop),
                 "write " + quote("{" + target.name + ".id}") + ", with the member that is meant");
        return std::nullopt;
    }
    if (!step.each || step.as.value != *found.loop) {
        complain(
            place, quote(*found.loop) + " is no item of step " + quote(step.name),
            "give this step " + quote("each: \"" + target.each->value + "\"") + " and " + quote("as: " + *found.loop));
        return std::nullopt;
    }
    if (!selections_[at] || !selections_[to]) return std::nullopt;  // told already
    if (selections_[at] != selections_[to]) {
        complain(place,
                 quote(target.name) + " goes over " + quote(target.each->value) + ", this step over " +
                     quote(step.each->value) + ": there is no result for each item",
                 "let both go over the same items");
        return std::nullopt;
    }
    if (!found.path.definite()) {
        complain(place, quote(found.to_string()) + " may select many values, a URL takes one",
                 "refer to one value of the result");
        return std::nullopt;
    }
    need(at, to, place);
    json_path all_results;
    all_results.selectors.emplace_back(wildcard_selector{});
    std::vector<fan_read>& fans = plan_.steps[to].fans;
    const auto is_ours = [&](const fan_read& fan) { return fan.reader == at; };
    auto fan = std::find_if(fans.begin(), fans.end(), is_ours);
    if (fan == fans.end()) fan = fans.insert(fans.end(), {at, all_results, {}, plan_.steps[to].each->max});
    fan->columns.push_back(found.path);
    return url_source{url_source::kind::sibling, to, static_cast<std::uint32_t>(fan->columns.size() - 1),
                      static_cast<std::uint32_t>(fan - fans.begin())};
}

void planner::complain_unknown(step_index at, const reference& found, const config::position& place) {
    for (const config::step_settings& other : view_.steps) {
        if (!other.each || other.as.value != found.root) continue;
        return complain(place, quote(found.root) + " is the item of step " + quote(other.name) + ", unknown outside it",
                        "give this step an `each` of its own, or refer to a step");
    }
    std::vector<std::string_view> known;
    for (const plan_parameter& parameter : plan_.parameters)
        known.push_back(parameter.name);
    for (const config::step_settings& step : view_.steps) {
        if (step.name != view_.steps[at].name) known.push_back(step.name);
    }
    if (view_.steps[at].each && !view_.steps[at].as.value.empty()) known.push_back(view_.steps[at].as.value);
    complain(place, "nothing here is called " + quote(found.root), config::suggest_name(found.root, known));
}

void planner::need(step_index at, step_index what, const config::position& place) {
    needs_[at].try_emplace(what, place);
}

std::uint32_t planner::value_index(step_index of, const json_path& path) {
    std::vector<json_path>& values = plan_.steps[of].values;
    const auto [known, added] = values_.try_emplace({of, path.to_string()}, static_cast<std::uint32_t>(values.size()));
    if (added) values.push_back(path);
    return known->second;
}

void planner::order() {
    std::vector<std::vector<step_index>> needs(plan_.steps.size());
    for (step_index at = 0; at < needs.size(); ++at) {
        for (const auto& [what, place] : needs_[at]) {
            needs[at].push_back(what);
            plan_.steps[what].needed_by.push_back(at);
        }
        plan_.steps[at].needs = needs[at];
    }
    graph_order ordered = order_steps(needs);
    plan_.order = std::move(ordered.order);
    for (const std::vector<step_index>& cycle : ordered.cycles) {
        std::string names;
        for (const step_index step : cycle)
            names += plan_.steps[step].name + " -> ";
        names += plan_.steps[cycle.front()].name;
        const step_index next = cycle.size() > 1 ? cycle[1] : cycle[0];
        complain(needs_[cycle.front()].at(next), "steps that wait for each other: " + names,
                 "take one of these references out");
    }
}

void planner::compile_out() {
    shape_names names;
    for (step_index at = 0; at < plan_.steps.size(); ++at) {
        const config::step_settings& step = view_.steps[at];
        const bool list = step.each.has_value();
        std::string root;
        if (list) {
            const auto found = parse_reference(step.each->value);
            if (found) root = found->root;
        }
        names.steps.push_back({step.name, list, std::move(root)});
    }
    for (const plan_parameter& parameter : plan_.parameters)
        names.parameters.push_back(parameter.name);
    plan_.out = view_.out ? compile_shape(*view_.out, names, complaints_) : whole_steps_shape(names);
    if (!plan_.out) return;
    for (const step_index step : plan_.out->steps())
        plan_.steps[step].in_out = true;
}

void planner::read_otherwise() {
    for (step_index at = 0; at < plan_.steps.size(); ++at) {
        plan_step& step = plan_.steps[at];
        step.nothing_readings = read_nothing(step);
        read_outcome outcome = read_value(step, step_value::single(step.otherwise), plan_.limits.json_depth);
        step.otherwise_readings = std::move(outcome.found);
        if (outcome.refused.empty()) continue;
        complain(view_.steps[at].otherwise->at,
                 "`else` of step " + quote(step.name) + ": " + outcome.refused[0].why.detail,
                 "give it a simpler value");
    }
}

}  // namespace

std::shared_ptr<const plan> make_plan(const config::view_settings& view, const config::settings& all,
                                      std::vector<config::complaint>& complaints) {
    return planner(view, all, complaints).make();
}

}  // namespace nearside::aggregators
