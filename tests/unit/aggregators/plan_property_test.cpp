// Random plans against random upstreams: whatever order the answers come in, the view is what evaluating the steps one
// after the other, in plain code without a machine, a JSON reader or URLs' templates, comes to.
#include "tests/unit/aggregators/plan_bench.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <set>

namespace nearside::aggregators {
namespace {

using testing::good_steps;
using testing::plan_bench;

// What the upstream holds at a URL.
struct thing {
    int id = 0;
    std::optional<int> maybe;
    std::vector<int> list;

    std::string text() const {
        std::string out = "{\"id\":" + std::to_string(id) + ",\"maybe\":" + (maybe ? std::to_string(*maybe) : "null");
        out += ",\"list\":[";
        for (std::size_t at = 0; at < list.size(); ++at)
            out += (at > 0 ? "," : "") + std::string("{\"id\":") + std::to_string(list[at]) + "}";
        return out + "]}";
    }
};

struct upstream_model {
    unsigned seed = 0;

    // nullopt: the upstream fails there.
    std::optional<thing> at(const std::string& target) const {
        std::minstd_rand random(static_cast<unsigned>(std::hash<std::string>()(target)) ^ seed);
        random.discard(3);
        if (random() % 16 == 0) return std::nullopt;
        thing made;
        made.id = static_cast<int>(random() % 4);
        if (random() % 4 != 0) made.maybe = static_cast<int>(random() % 3);
        for (std::size_t count = random() % 4; count > 0; --count)
            made.list.push_back(static_cast<int>(random() % 5));
        return made;
    }
};

struct url_part {
    enum class kind { item, id, maybe } is = kind::item;
    std::size_t step = 0;
};

struct step_model {
    enum class each_kind { none, list_of_plain, results, lists_of_results };
    each_kind each = each_kind::none;
    std::size_t over = 0;
    std::vector<url_part> parts;
    int prefix = 0;
    bool optional = false;
    bool has_default = false;
    int parallel = 1;

    std::string name(std::size_t number) const { return "s" + std::to_string(number); }

    std::string yaml(std::size_t number) const {
        const std::string source = "s" + std::to_string(over);
        std::string line = "      " + name(number) + ": {get: \"/" + std::to_string(prefix);
        for (const url_part& part : parts) {
            if (part.is == url_part::kind::item) line += "/{it.id}";
            if (part.is == url_part::kind::id) line += "/{s" + std::to_string(part.step) + ".id}";
            if (part.is == url_part::kind::maybe) line += "/{s" + std::to_string(part.step) + ".maybe}";
        }
        line += "\"";
        if (each == each_kind::list_of_plain) line += ", each: \"" + source + ".list[*]\"";
        if (each == each_kind::results) line += ", each: \"" + source + "[*]\"";
        if (each == each_kind::lists_of_results) line += ", each: \"" + source + "[*].list[*]\"";
        if (each != each_kind::none) line += ", as: it, parallel: " + std::to_string(parallel);
        if (optional) line += ", optional: true";
        if (optional && has_default) line += ", else: {id: 9, maybe: null, list: [{id: 1}]}";
        return line + "}\n";
    }
    std::optional<thing> otherwise() const {
        return has_default ? std::optional<thing>(thing{9, std::nullopt, {1}}) : std::nullopt;
    }
};

using plan_model = std::vector<step_model>;

plan_model random_plan(std::mt19937& random) {
    plan_model steps(2 + random() % 9);
    for (std::size_t at = 0; at < steps.size(); ++at) {
        step_model& step = steps[at];
        step.prefix = static_cast<int>(random() % 3);
        step.optional = random() % 2 == 0;
        step.has_default = random() % 2 == 0;
        step.parallel = static_cast<int>(1 + random() % 3);
        if (at == 0) continue;
        if (random() % 2 == 0) {
            step.over = random() % at;
            if (steps[step.over].each == step_model::each_kind::none)
                step.each = step_model::each_kind::list_of_plain;
            else
                step.each =
                    random() % 2 == 0 ? step_model::each_kind::results : step_model::each_kind::lists_of_results;
            step.parts.push_back({url_part::kind::item, 0});
        }
        for (std::size_t count = random() % 3; count > 0; --count) {
            const std::size_t other = random() % at;
            if (steps[other].each != step_model::each_kind::none) continue;
            step.parts.push_back({random() % 2 == 0 ? url_part::kind::id : url_part::kind::maybe, other});
        }
    }
    return steps;
}

// What a step came to: nothing (null), one thing, or a list of things and nulls.
struct value_model {
    bool is_list = false;
    std::vector<std::optional<thing>> things;  // exactly one unless a list

    std::string text() const {
        const auto one = [](const std::optional<thing>& each) { return each ? each->text() : std::string("null"); };
        if (!is_list) return one(things.front());
        std::string out = "[";
        for (std::size_t at = 0; at < things.size(); ++at)
            out += (at > 0 ? "," : "") + one(things[at]);
        return out + "]";
    }
};

struct evaluation {
    bool failed = false;
    std::string document;
    std::set<std::string> asked;
};

evaluation evaluate(const plan_model& steps, const upstream_model& upstream) {
    evaluation done;
    std::vector<value_model> values;
    for (const step_model& step : steps) {
        // The items: ids of what the step goes over, one nameless item without `each`.
        std::optional<std::vector<std::optional<int>>> items(std::in_place);
        if (step.each == step_model::each_kind::none) {
            items->push_back(std::nullopt);
        } else {
            const value_model& over = values[step.over];
            // An `each` step that was skipped, or failed as a whole, is one value.
            if (!over.is_list && !over.things.front()) items.reset();
            for (const std::optional<thing>& each : over.things) {
                if (!items) break;
                if (step.each == step_model::each_kind::results)
                    items->push_back(each ? std::optional<int>(each->id) : std::nullopt);
                else if (each)
                    items->insert(items->end(), each->list.begin(), each->list.end());
            }
        }
        value_model value;
        value.is_list = step.each != step_model::each_kind::none && items.has_value();
        if (!items) {
            value.things.push_back(std::nullopt);
            values.push_back(std::move(value));
            continue;
        }
        for (const std::optional<int>& item : *items) {
            std::optional<std::string> target = "/" + std::to_string(step.prefix);
            for (const url_part& part : step.parts) {
                std::optional<int> found = item;
                if (part.is != url_part::kind::item) {
                    const std::optional<thing>& from = values[part.step].things.front();
                    found = !from                           ? std::nullopt
                            : part.is == url_part::kind::id ? std::optional(from->id)
                                                            : from->maybe;
                }
                if (!found) target.reset();
                if (!target) break;
                *target += "/" + std::to_string(*found);
            }
            if (!target) {
                value.things.push_back(std::nullopt);
                continue;
            }
            done.asked.insert(*target);
            std::optional<thing> got = upstream.at(*target);
            if (!got && !step.optional) {
                done.failed = true;
                return done;
            }
            value.things.push_back(got ? got : step.otherwise());
        }
        values.push_back(std::move(value));
    }
    done.document = "{";
    for (std::size_t at = 0; at < steps.size(); ++at)
        done.document += (at > 0 ? "," : "") + std::string("\"") + steps[at].name(at) + "\":" + values[at].text();
    done.document += "}";
    return done;
}

std::string yaml_of(const plan_model& steps, std::mt19937& random) {
    std::vector<std::size_t> order(steps.size());
    for (std::size_t at = 0; at < order.size(); ++at)
        order[at] = at;
    std::shuffle(order.begin(), order.end(), random);
    std::string text = "    steps:\n";
    for (const std::size_t at : order)
        text += steps[at].yaml(at);
    text += "    out: {";
    for (std::size_t at = 0; at < steps.size(); ++at)
        text += (at > 0 ? ", " : "") + steps[at].name(at) + ": " + steps[at].name(at);
    return text + "}\n";
}

void run_in_random_order(plan_bench& bench, const upstream_model& upstream, std::mt19937& random) {
    while (!bench.finished()) {
        const std::vector<std::string> open = bench.open();
        ASSERT_FALSE(open.empty()) << "nothing is under way, and nothing is finished";
        const std::string& target = open[random() % open.size()];
        if (const auto found = upstream.at(target))
            bench.answer(target, found->text());
        else if (random() % 2 == 0)
            bench.answer(target, 500, "");
        else
            bench.fail(target, errc::closed_early);
    }
}

TEST(plan_property, any_order_of_answers_gives_what_one_after_the_other_gives) {
    int failures = 0;
    constexpr unsigned plans = 1'500;
    for (unsigned seed = 0; seed < plans; ++seed) {
        std::mt19937 random(seed);
        const plan_model steps = random_plan(random);
        const upstream_model upstream{seed};
        const evaluation expected = evaluate(steps, upstream);
        const std::string text = yaml_of(steps, random);
        plan_bench bench(good_steps(text));
        run_in_random_order(bench, upstream, random);
        if (expected.failed) {
            ++failures;
            ASSERT_TRUE(bench.failed()) << "seed " << seed << "\n" << text;
            continue;
        }
        ASSERT_EQ(bench.document(), expected.document) << "seed " << seed << "\n" << text;
        // Each URL once, and none that evaluating one after the other doesn't need.
        const std::set<std::string> asked(bench.asked().begin(), bench.asked().end());
        ASSERT_EQ(asked.size(), bench.asked().size()) << "seed " << seed << "\n" << text;
        ASSERT_EQ(asked, expected.asked) << "seed " << seed << "\n" << text;
    }
    // Both kinds of ends were really seen.
    EXPECT_GT(failures, 100);
    EXPECT_LT(failures, static_cast<int>(plans) - 100);
}

TEST(plan_property, the_same_answers_in_the_same_order_ask_the_same) {
    for (unsigned seed = 0; seed < 50; ++seed) {
        std::vector<std::vector<std::string>> asked;
        for (int turn = 0; turn < 2; ++turn) {
            std::mt19937 random(seed);
            const plan_model steps = random_plan(random);
            plan_bench bench(good_steps(yaml_of(steps, random)));
            run_in_random_order(bench, upstream_model{seed}, random);
            asked.push_back(bench.asked());
        }
        EXPECT_EQ(asked[0], asked[1]) << "seed " << seed;
    }
}

}  // namespace
}  // namespace nearside::aggregators
