// What `warm` of a view says, understood: sets of parameters that are literal, and lists at an upstream that each item
// of makes one. Compiled at load, immutable; pure; any thread.
#pragma once

#include "aggregators/json_path.h"
#include "aggregators/plan.h"
#include "config/complain.h"
#include "config/settings.h"
#include "core/body.h"
#include "core/clock.h"
#include "core/error.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace nearside::proxy {

// What a visit would give, by name: inputs of the view, decoded, and headers that are forwarded.
using warm_values = std::map<std::string, std::string, std::less<>>;

struct warm_list {
    struct parameter {
        std::string name;
        std::optional<std::string> literal;
        std::size_t column = 0;  // where there is no literal
    };
    std::shared_ptr<const aggregators::plan> plan;  // one step; its value is the view's
    std::string call;                               // for people: "GET /api/projects/"
    aggregators::json_path items;
    std::vector<aggregators::json_path> columns;  // from each item
    std::vector<parameter> parameters;
    milliseconds every{0};
    std::uint32_t max = 0;
};

struct warm_plan {
    std::vector<warm_values> literal;
    std::vector<std::shared_ptr<const warm_list>> lists;

    bool empty() const noexcept { return literal.empty() && lists.empty(); }
};

// The loader has looked at names and values (config/check_warm.h); here it is the call and the references.
warm_plan compile_warm(const config::view_settings& view, const config::settings& all,
                       config::complaint_list& complaints);

struct warm_reading {
    std::vector<warm_values> sets;  // in the list's order, at most warm_list::max
    std::size_t skipped = 0;        // items that lack a parameter, or have an object or a list in its place
    bool cut = false;               // there are more
};
result<warm_reading> read_warm_items(const warm_list& list, const buffer& document, std::uint32_t json_depth);

}  // namespace nearside::proxy
