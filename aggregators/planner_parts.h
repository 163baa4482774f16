// The planner at work on one view (planner.cpp: the order of things; planner_steps.cpp: what a step says;
// planner_references.cpp: what a reference means). Made for one view; one thread.
#pragma once

#include "aggregators/json_path.h"
#include "aggregators/plan.h"
#include "config/settings.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace nearside::aggregators {

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
    void order();
    void compile_out();
    shape_names names_for_shapes() const;
    void read_otherwise();

    void copy_step(step_index at);
    void plan_each_of(step_index at);
    void plan_url_of(step_index at);
    void plan_pages_of(step_index at);
    void plan_when_of(step_index at);
    void plan_body_of(step_index at);
    void plan_jq_of(step_index at);
    bool check_claim(step_index at, std::uint32_t parameter, const config::position& place);
    // The step whose item is called so where step `at` is planned: itself, or else the nearest of those whose results
    // it goes over, however far up.
    std::optional<step_index> item_owner(step_index at, std::string_view name) const;
    std::optional<json_path> page_path(const config::located<std::string>& text);

    std::optional<url_source> resolve(step_index at, const reference& found, const config::position& place);
    std::optional<url_source> resolve_item(step_index owner, const reference& found, const config::position& place);
    std::optional<url_source> resolve_parameter(step_index at, std::uint32_t number, const reference& found,
                                                const config::position& place);
    std::optional<url_source> resolve_step(step_index at, step_index to, const reference& found,
                                           const config::position& place);
    std::optional<url_source> resolve_sibling(step_index at, step_index to, const reference& found,
                                              const config::position& place);
    void complain_unknown(step_index at, const reference& found, const config::position& place);
    void need(step_index at, step_index what, const config::position& place);
    std::uint32_t value_index(step_index of, const json_path& path);

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

}  // namespace nearside::aggregators
