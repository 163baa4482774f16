#include "aggregators/explain.h"

#include <algorithm>
#include <vector>

namespace nearside::aggregators {
namespace {

struct costs {
    std::uint32_t wave = 1;        // the earliest its calls can start
    std::uint32_t ends = 1;        // the wave of its last calls, while what is parallel fits into its `parallel`
    std::uint32_t again = 1;       // round trips until it is there when all calls of the last run are made at once
    std::uint64_t most_trips = 1;  // of it and the longest chain that it waits for, every fan-out at its `max`
    std::int64_t longest_by = -1;  // the step on that chain that it waits for
};

std::uint64_t rounds(std::uint64_t calls, std::uint64_t parallel) {
    return (calls + parallel - 1) / parallel;
}

using upstream_list = std::span<const config::upstream_settings>;

const config::upstream_settings* upstream_of(const plan_step& step, upstream_list upstreams) {
    const auto found = std::find_if(upstreams.begin(), upstreams.end(),
                                    [&](const config::upstream_settings& each) { return each.name == step.upstream; });
    return found == upstreams.end() ? nullptr : &*found;
}

std::uint32_t connections_of(const plan_step& step, std::uint32_t parallel, upstream_list upstreams) {
    const config::upstream_settings* const of = upstream_of(step, upstreams);
    return of == nullptr ? parallel : std::max(1U, std::min(parallel, of->max_connections));
}

// A connection carries so many calls at a time as its upstream is pipelined.
std::uint64_t at_once(const plan_step& step, const plan_each& each, upstream_list upstreams) {
    return std::uint64_t{connections_of(step, each.parallel, upstreams)} * step.pipeline;
}

std::uint64_t at_once(const plan_step& step, const plan_pages& pages, upstream_list upstreams) {
    return std::uint64_t{connections_of(step, pages.parallel, upstreams)} * pages.pipeline;
}

// The first page tells all others, or each the next.
std::uint64_t most_trips_of(const plan_step& step, const plan_pages& pages, upstream_list upstreams) {
    return pages.paths.count ? 1 + rounds(pages.max - 1, at_once(step, pages, upstreams)) : pages.max;
}

std::uint64_t most_trips_of(const plan_step& step, upstream_list upstreams) {
    const std::uint64_t of_one = step.pages ? most_trips_of(step, *step.pages, upstreams) : 1;
    if (!step.each) return of_one;
    return of_one * std::max<std::uint64_t>(1, rounds(step.each->max, at_once(step, *step.each, upstreams)));
}

// While everything fits into its `parallel`. A list whose pages tell each other is taken for one of two pages.
std::uint32_t usual_trips_of(const plan_step& step) {
    return step.pages && step.pages->max > 1 ? 2 : 1;
}

std::vector<costs> cost_of_steps(const plan& what, upstream_list upstreams) {
    std::vector<costs> all(what.steps.size());
    for (const step_index at : what.order) {
        std::uint64_t before = 0;
        for (const step_index needed : what.steps[at].needs) {
            all[at].wave = std::max(all[at].wave, all[needed].ends + 1);
            all[at].again = std::max(all[at].again, all[needed].again + (what.steps[at].body ? 1 : 0));
            if (all[needed].most_trips <= before) continue;
            before = all[needed].most_trips;
            all[at].longest_by = needed;
        }
        all[at].ends = all[at].wave + usual_trips_of(what.steps[at]) - 1;
        all[at].most_trips = before + most_trips_of(what.steps[at], upstreams);
    }
    return all;
}

std::string trips(std::uint64_t count) {
    return std::to_string(count) + (count == 1 ? " round trip" : " round trips");
}

std::string shorten(std::string_view json) {
    constexpr std::size_t longest = 40;  // characters of a default
    return json.size() <= longest ? std::string(json) : std::string(json.substr(0, longest)) + "...";
}

std::string pages_text(const plan_step& step, const plan_pages& pages, upstream_list upstreams) {
    const std::string most = "at most " + std::to_string(pages.max) + " pages";
    if (!pages.paths.count) return most + ", each after the one before that tells it: a round trip a page";
    const std::uint64_t width = at_once(step, pages, upstreams);
    std::string text = most + ", behind the first " + std::to_string(width) + " at a time: 2 round trips up to " +
                       std::to_string(std::min<std::uint64_t>(pages.max, width + 1)) + " pages";
    if (pages.max > width + 1) text += ", one more for each " + std::to_string(width) + " beyond";
    return text + " (one a page where the first doesn't tell how they are numbered)";
}

// Where the upstream's connections allow less at once than the step does.
std::string narrowed_text(const plan_step& step, upstream_list upstreams) {
    const config::upstream_settings* const of = upstream_of(step, upstreams);
    if (of == nullptr) return {};
    const std::uint32_t wanted = std::max(step.each ? step.each->parallel : 1, step.pages ? step.pages->parallel : 1);
    if (wanted <= of->max_connections) return {};
    return "not " + std::to_string(wanted) + " at once: `connections.max` of " + step.upstream + " is " +
           std::to_string(of->max_connections);
}

// What the calls of a step wait for, as its references say it.
std::string needs_text(const plan& what, const plan_step& step) {
    std::vector<std::string> needed;
    const auto add = [&](const std::string& text) {
        if (std::find(needed.begin(), needed.end(), text) == needed.end()) needed.push_back(text);
    };
    if (step.each) add(step.each->text);
    for (std::size_t at = 0; at < step.sources.size(); ++at) {
        const url_source::kind from = step.sources[at].from;
        if (from == url_source::kind::step || from == url_source::kind::sibling) add(step.url.references()[at].text);
    }
    for (std::size_t at = 0; at < step.when_sources.size(); ++at) {
        const url_source::kind from = step.when_sources[at].from;
        if (from == url_source::kind::step || from == url_source::kind::sibling) add(step.when->references()[at].text);
    }
    if (step.body) {
        for (const step_index used : step.body->made_of->steps()) {
            if (used < what.steps.size()) add(what.steps[used].name);
        }
    }
    std::string text;
    for (const std::string& each : needed)
        text += (text.empty() ? "" : ", ") + each;
    return text;
}

std::string remarks(const plan& what, const plan_step& step, upstream_list upstreams) {
    std::vector<std::string> all;
    if (const std::string needed = needs_text(what, step); !needed.empty()) all.push_back("needs " + needed);
    if (step.each)
        all.push_back("each item as " + step.each->as + ", " + std::to_string(at_once(step, *step.each, upstreams)) +
                      " at a time, at most " + std::to_string(step.each->max));
    if (step.pages) all.push_back(pages_text(step, *step.pages, upstreams));
    if (std::string narrowed = narrowed_text(step, upstreams); !narrowed.empty()) all.push_back(std::move(narrowed));
    if (step.when) all.push_back("when " + step.when->text());
    if (step.jq) all.push_back("jq");
    if (step.optional) all.push_back("optional, else " + shorten(step.otherwise.view()));
    if (step.timeout) all.push_back("within " + std::to_string(step.timeout->count()) + " ms");
    if (!step.in_out && step.needed_by.empty()) all.push_back("not shown: a guard that the view fails with");
    std::string text;
    for (const std::string& each : all)
        text += (text.empty() ? "" : "; ") + each;
    return text;
}

std::string call_text(const plan_step& step) {
    return (step.body ? "POST " : "GET ") + step.url.text();
}

struct row {
    std::string wave, cost, name, call, remark;
};

std::string table(const std::vector<row>& rows) {
    std::size_t wave = 0, cost = 0, name = 0, call = 0;
    for (const row& each : rows) {
        wave = std::max(wave, each.wave.size());
        cost = std::max(cost, each.cost.size());
        name = std::max(name, each.name.size());
        call = std::max(call, each.call.size());
    }
    const auto pad = [](const std::string& text, std::size_t width) {
        return text + std::string(width - text.size() + 2, ' ');
    };
    std::string out;
    for (const row& each : rows) {
        std::string line =
            pad(each.wave, wave) + pad(each.cost, cost) + pad(each.name, name) + pad(each.call, call) + each.remark;
        line.erase(line.find_last_not_of(' ') + 1);
        out += line + "\n";
    }
    return out;
}

// The steps of the chain that can cost most, first to last.
std::vector<step_index> longest_chain(const std::vector<costs>& all) {
    std::vector<step_index> chain;
    if (all.empty()) return chain;
    const auto deepest = std::max_element(all.begin(), all.end(), [](const costs& left, const costs& right) {
        return left.most_trips < right.most_trips;
    });
    for (std::int64_t at = deepest - all.begin(); at >= 0; at = all[static_cast<std::size_t>(at)].longest_by)
        chain.push_back(static_cast<step_index>(at));
    std::reverse(chain.begin(), chain.end());
    return chain;
}

// What is known of the last run makes of it: every call but a POST is made at once.
std::string refreshed(const plan& what, const std::vector<costs>& all, upstream_list upstreams) {
    std::uint32_t again = 0;
    for (const costs& each : all)
        again = std::max(again, each.again);
    std::string out = "refreshed: " + trips(again) + ", since the calls of the last run are made at once";
    std::string bounds;
    for (const config::upstream_settings& each : upstreams) {
        const bool wide = std::any_of(what.steps.begin(), what.steps.end(), [&](const plan_step& step) {
            return step.upstream == each.name && (step.each || step.pages);
        });
        if (!wide) continue;
        bounds += (bounds.empty() ? "" : ", ") + each.name + ": " + std::to_string(each.max_connections);
        if (each.pipeline > 1) bounds += " with " + std::to_string(each.pipeline) + " on each";
    }
    if (!bounds.empty()) out += " as far as they fit into `connections.max` (" + bounds + ")";
    const bool posts =
        std::any_of(what.steps.begin(), what.steps.end(), [](const plan_step& step) { return step.body.has_value(); });
    if (posts) out += " (but POST, which waits for what it needs)";
    const bool depends =
        std::any_of(what.steps.begin(), what.steps.end(), [](const plan_step& step) { return !step.needs.empty(); });
    if (depends)
        out +=
            "; one more where an id has changed that a call is made of, or, with `consistency: strict`, anything that "
            "a "
            "call depends on";
    return out + "\n";
}

std::string totals(const plan& what, const std::vector<costs>& all, upstream_list upstreams) {
    std::uint32_t waves = 0;
    for (const costs& each : all)
        waves = std::max(waves, each.ends);
    const std::vector<step_index> chain = longest_chain(all);
    const std::uint64_t most = chain.empty() ? 0 : all[chain.back()].most_trips;
    std::string out = "\nfrom cache: 0 round trips\n" + refreshed(what, all, upstreams) + "first ever: " + trips(waves);
    if (most == waves) return out + "\n";
    out += " while all that is parallel fits into its `parallel`, at most " + std::to_string(most) + ":\n ";
    for (std::size_t at = 0; at < chain.size(); ++at) {
        const plan_step& step = what.steps[chain[at]];
        out += (at == 0 ? " " : " + ") + step.name;
        if (step.each)
            out += " (one for each " + std::to_string(at_once(step, *step.each, upstreams)) + " of up to " +
                   std::to_string(step.each->max) + " items)";
        else if (step.pages)
            out += step.pages->paths.count
                       ? " (the first page, then " + std::to_string(at_once(step, *step.pages, upstreams)) +
                             " of up to " + std::to_string(step.pages->max - 1) + " at a time)"
                       : " (one for each of up to " + std::to_string(step.pages->max) + " pages)";
        else
            out += " (1)";
    }
    return out + "\n";
}

// A new connection costs what it takes to open it, before its first call.
std::string connections_text(const plan& what, upstream_list upstreams) {
    std::string out;
    for (const config::upstream_settings& each : upstreams) {
        std::uint32_t widest = 0;
        for (const plan_step& step : what.steps) {
            if (step.upstream != each.name) continue;
            if (step.each) widest = std::max(widest, connections_of(step, step.each->parallel, upstreams));
            if (step.pages && step.pages->paths.count)
                widest = std::max(widest, connections_of(step, step.pages->parallel, upstreams));
        }
        if (widest <= each.warm_connections) continue;
        out += "Upstream " + each.name + " has " + std::to_string(each.warm_connections) +
               (each.warm_connections == 1 ? " warm connection" : " warm connections") +
               ": where more calls than that go out at once, the first time, those beyond it open connections first: " +
               (each.scheme == "https" ? "two round trips" : "a round trip") + " more.\n";
    }
    return out;
}

}  // namespace

std::string explain(const plan& what, upstream_list upstreams) {
    const std::vector<costs> all = cost_of_steps(what, upstreams);
    std::vector<step_index> by_wave = what.order;
    std::sort(by_wave.begin(), by_wave.end(), [&](step_index left, step_index right) {
        return all[left].wave != all[right].wave ? all[left].wave < all[right].wave : left < right;
    });
    std::vector<row> rows;
    std::uint32_t wave = 0;
    for (const step_index at : by_wave) {
        const plan_step& step = what.steps[at];
        row line;
        if (all[at].wave != wave) {
            wave = all[at].wave;
            line.wave = "wave " + std::to_string(wave);
        }
        const std::uint64_t most = most_trips_of(step, upstreams);
        line.cost = most == 1 ? trips(1) : "1 to " + trips(most);
        line.name = step.name;
        line.call = call_text(step);
        line.remark = remarks(what, step, upstreams);
        rows.push_back(std::move(line));
    }
    return "view " + what.name + "  GET " + what.path + "\n" + table(rows) + totals(what, all, upstreams) +
           "A step starts as soon as what it needs is there; it does not wait for the rest of a wave.\n" +
           connections_text(what, upstreams);
}

}  // namespace nearside::aggregators
