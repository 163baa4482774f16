// A view as it will be run: its steps as a graph, every reference resolved to where its value comes from. Made by the
// planner (aggregators/planner.h) at load, never changed after; shared by all runs, any thread.
#pragma once

#include "aggregators/condition.h"
#include "aggregators/jq_program.h"
#include "aggregators/json_path.h"
#include "aggregators/page_list.h"
#include "aggregators/readings.h"
#include "aggregators/select.h"
#include "aggregators/shape.h"
#include "aggregators/url_template.h"
#include "aggregators/view_parts.h"
#include "aggregators/view_tags.h"
#include "config/settings.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace nearside::aggregators {

// What an `each` step needs of the value that it fans out over: the items, and of each item what its URL needs.
struct fan_read {
    step_index reader = 0;
    json_path path;
    std::vector<json_path> columns;
    std::uint32_t max = 0;
    bool whole_items = false;  // of each item, all of it
};

// Where the value of a template's reference comes from.
struct url_source {
    enum class kind : std::uint8_t {
        parameter,  // plan::parameters[index]
        step,       // what plan::steps[step].values[index] selects
        item,       // column `index` of the fan of step `row_of`, in its row
        sibling,    // column `index` of plan::steps[step].fans[fan], in the row of step `row_of`
    };
    kind from = kind::parameter;
    step_index step = 0;
    std::uint32_t index = 0;
    std::uint32_t fan = 0;
    step_index row_of = 0;  // the step itself, or one whose results it goes over, however far up
};

struct plan_each {
    step_index over = 0;
    std::uint32_t fan = 0;  // in plan::steps[over].fans
    std::string text;       // as written, for people
    std::string as;
    std::uint32_t parallel = 1;
    std::uint32_t max = 0;
};

// The body of a POST: JSON, made of steps' values, of parameters, and of items.
struct plan_body {
    std::shared_ptr<const shape> made_of;
    // What the shape calls steps beyond those of the plan: items of the step itself or of one that it goes over.
    std::vector<step_index> items;
};

struct plan_step {
    std::string name;
    config::position at;
    std::string upstream;
    url_template url;
    std::vector<url_source> sources;  // one a reference of `url`
    std::optional<condition> when;
    std::vector<url_source> when_sources;  // one a reference of `when`
    bool when_of_item = false;             // it is asked for each item
    std::optional<plan_body> body;         // POST, instead of GET
    std::shared_ptr<const jq_program> jq;  // what makes its value of each document (with `pages`: of each list)
    std::optional<plan_each> each;
    std::optional<plan_pages> pages;
    std::uint32_t pipeline = 1;  // calls of its items that a connection takes at once
    std::optional<milliseconds> timeout;
    bool optional = false;
    buffer otherwise;      // JSON: the value where the step, or one item of an optional `each`, failed
    bool in_out = false;   // some part of the view's document shows it, or a tag reads it
    bool in_body = false;  // some step's body does

    std::vector<step_index> needs;      // ascending, each once
    std::vector<step_index> needed_by;  // ascending, each once

    // What others read of this step's value, and what that comes to where the whole value is `otherwise`.
    std::vector<json_path> values;
    selection selected;  // the same, ready for a value that is no list
    std::vector<fan_read> fans;
    readings otherwise_readings;
    readings nothing_readings;  // the same for null

    // Its value is looked at before the step counts as done: for others' URLs, or because composing never will.
    bool is_read() const noexcept { return !values.empty() || !fans.empty() || !in_out || in_body; }
    // Calls that are started before the first of them has ended: `parallel` of them have a connection.
    std::uint64_t most_started() const noexcept { return std::uint64_t{each ? each->parallel : 1} * pipeline; }
};

struct plan_parameter {
    std::string name;
    bool in_path = false;
    std::optional<std::string> default_value;
    bool is_claim = false;  // of a token that nobody checks here
};

class plan {
public:
    std::string name;
    std::string path;
    std::vector<plan_parameter> parameters;  // those of the path first
    std::vector<plan_step> steps;
    std::vector<step_index> order;  // each step after all that it needs
    std::shared_ptr<const shape> out;
    view_parts parts;                      // of what `out` makes; none with `jq`
    std::shared_ptr<const jq_program> jq;  // what makes the view of what `out` makes
    view_tags tags;
    config::plan_limits limits;
};

}  // namespace nearside::aggregators
