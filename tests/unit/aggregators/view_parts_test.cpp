#include "aggregators/view_parts.h"

#include "aggregators/plan.h"
#include "tests/unit/aggregators/plan_bench.h"

#include <gtest/gtest.h>

namespace nearside::aggregators {
namespace {

using list = std::vector<std::string>;
using testing::good_steps;

// "title,owner: project owner" for each group, the groups in the order of their first part.
list groups_of(const plan& what) {
    std::map<std::uint32_t, std::string> told;
    for (const part_group& group : what.parts.groups) {
        std::string text;
        for (const std::uint32_t part : group.parts)
            text += (text.empty() ? "" : ",") + what.parts.names[part];
        text += ":";
        for (const std::uint32_t step : group.waits_for)
            text += " " + what.steps[step].name;
        told.emplace(group.parts.front(), text);
    }
    list texts;
    for (const auto& [first, text] : told)
        texts.push_back(text);
    return texts;
}

constexpr std::string_view board = R"(    steps:
      project: {get: "/projects/{id}/"}
      owner: {get: "/users/{project.owner}/"}
      jobs: {get: /jobs/}
      metrics: {each: "jobs[*]", as: job, get: "/metrics/{job.id}/"}
)";

std::shared_ptr<const plan> board_with(std::string_view out) {
    return good_steps(std::string(board) + "    out: " + std::string(out) + "\n");
}

TEST(view_parts, each_member_waits_for_what_it_shows) {
    const auto what = board_with(R"({p: project, o: owner.name,
           jobs: {each: "jobs[*]", as: job, pick: [id], with: {m: "metrics[job]"}}})");
    EXPECT_EQ(groups_of(*what), (list{"\"p\": project", "\"o\": owner", "\"jobs\": jobs metrics"}));
}

TEST(view_parts, members_of_the_same_steps_are_composed_together) {
    const auto what = board_with("{a: project.a, m: metrics, j: jobs, o: owner, b: project.b}");
    EXPECT_EQ(groups_of(*what), (list{"\"a\",\"b\": project", "\"m\": metrics", "\"j\": jobs", "\"o\": owner"}));
}

TEST(view_parts, a_view_without_out_has_a_part_for_each_step) {
    const auto what = good_steps(board);
    EXPECT_EQ(what->parts.names, (list{"\"project\"", "\"owner\"", "\"jobs\"", "\"metrics\""}));
    EXPECT_EQ(what->parts.groups.size(), 4u);
}

TEST(view_parts, nothing_is_told_before_a_guard_has_agreed) {
    const auto what = good_steps(R"(    steps:
      may: {get: "/may/{id}/"}
      perhaps: {get: /perhaps/, optional: true}
      jobs: {get: /jobs/}
    out: {jobs: jobs}
)");
    EXPECT_EQ(groups_of(*what), (list{"\"jobs\": may jobs"}));
}

TEST(view_parts, what_something_shown_is_made_of_is_no_guard) {
    const auto what = board_with("{o: owner, m: metrics}");
    EXPECT_EQ(groups_of(*what), (list{"\"o\": owner", "\"m\": metrics"}));
}

TEST(view_parts, constants_and_parameters_show_no_step) {
    const auto what = board_with("{version: 3, p: project, page: page, o: owner, j: jobs, m: metrics}");
    EXPECT_EQ(groups_of(*what).front(), "\"version\",\"page\":");
    for (const part_group& group : what->parts.groups)
        EXPECT_EQ(group.shows_no_step(), group.parts.front() == 0);
}

TEST(view_parts, with_alone_is_an_object_of_members_with_any_names) {
    const auto what = board_with("{with: {from: project, each: jobs, o: owner, m: metrics}}");
    EXPECT_EQ(what->parts.names, (list{"\"from\"", "\"each\"", "\"o\"", "\"m\""}));
}

TEST(view_parts, words_of_the_language_that_share_their_steps_stay_members) {
    const auto what = board_with("{with: {pick: project.a, omit: project.b, with: [owner, metrics, jobs]}}");
    EXPECT_EQ(groups_of(*what), (list{"\"pick\",\"omit\": project", "\"with\": owner jobs metrics"}));
}

TEST(view_parts, what_is_no_object_of_known_members_has_none) {
    for (const std::string_view out : {"[project, owner, jobs, metrics]", "project", "{from: project, pick: [id]}",
                                       "{merge: [project, owner]}", "{literal: {a: 1}}", "{each: \"jobs[*]\"}"}) {
        EXPECT_TRUE(board_with(out)->parts.none()) << out;
    }
}

TEST(view_parts, more_members_than_anybody_paints_one_by_one_are_told_as_a_whole) {
    std::string members = "p0: project";
    for (std::size_t part = 1; part < most_parts; ++part)
        members += ", p" + std::to_string(part) + ": project";
    EXPECT_EQ(board_with("{" + members + "}")->parts.names.size(), most_parts);
    EXPECT_TRUE(board_with("{" + members + ", more: project}")->parts.none());
}

TEST(view_parts, a_jq_program_over_the_view_leaves_none) {
    const auto what = good_steps("    steps: {a: {get: /a/}}\n    jq: \".a\"\n");
    EXPECT_TRUE(what->parts.none());
}

}  // namespace
}  // namespace nearside::aggregators
