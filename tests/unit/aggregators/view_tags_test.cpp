#include "aggregators/view_tags.h"

#include "tests/unit/aggregators/board_rig.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace nearside::aggregators {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using list = std::vector<std::string>;

class tags_of_board : public board {
protected:
    static view_tags compiled(const list& texts, list* told = nullptr) {
        std::vector<config::located<std::string>> located;
        for (const std::string& text : texts)
            located.push_back({text, {"f", 1, 1}});
        std::vector<config::complaint> complaints;
        view_tags made = compile_view_tags(located, board_names(), complaints);
        for (const config::complaint& each : complaints) {
            if (told != nullptr)
                told->push_back(each.to_string());
            else
                ADD_FAILURE() << each.to_string();
        }
        return made;
    }

    view_tags::made made(const list& texts) {
        auto done = compiled(texts).make(values_, {{"id", "4/2"}, {"empty", ""}}, 64);
        EXPECT_TRUE(done.has_value());
        return done ? *done : view_tags::made{};
    }
    list tags(const list& texts) { return made(texts).tags; }
};

TEST_F(tags_of_board, are_text_inputs_and_values_of_steps) {
    EXPECT_THAT(tags({"boards", "project:{id}", "owner:{owner.id}", "{id}-{project.id}-x"}),
                ElementsAre("4/2-7-x", "boards", "owner:3", "project:4/2"));
}

TEST_F(tags_of_board, are_as_many_as_a_reference_selects_values) {
    EXPECT_THAT(tags({"job:{jobs.results[*].id}:{id}"}), ElementsAre("job:1:4/2", "job:2:4/2", "job:33:4/2"));
    EXPECT_THAT(tags({"t:{jobs.results[*].tags[*].t}"}), ElementsAre("t:x", "t:y"));
}

TEST_F(tags_of_board, read_the_results_of_an_each_step_as_a_list) {
    EXPECT_THAT(tags({"m:{metrics[*].n}"}), ElementsAre("m:1", "m:3"));
}

TEST_F(tags_of_board, are_none_where_a_value_is_missing_null_or_no_text) {
    EXPECT_THAT(
        tags({"a:{project.nothing}", "b:{jobs.results[1].owner}", "c:{project.list}", "d:{jobs.nothing[*].id}"}),
        IsEmpty());
}

TEST_F(tags_of_board, decode_escapes_and_keep_numbers_as_written) {
    EXPECT_THAT(tags({"n:{project.name}", "s:{jobs.results[2].status}", "b:{project.big}"}),
                ElementsAre("b:12345678901234567890.10", "n:한한", "s:stop"));
}

TEST_F(tags_of_board, leave_out_what_is_too_long) {
    values_[0] = step_value::single(buffer::copy_of("{\"name\":\"" + std::string(view_tags::longest, 'x') + "\"}"));
    const view_tags::made done = made({"n:{project.name}", "fine"});
    EXPECT_THAT(done.tags, ElementsAre("fine"));
    EXPECT_EQ(done.left_out, 1u);
}

TEST_F(tags_of_board, fail_where_a_document_is_no_json) {
    values_[0] = step_value::single(buffer::copy_of("{\"id\":"));
    const auto done = compiled({"project:{project.id}"}).make(values_, {}, 64);
    ASSERT_FALSE(done.has_value());
    EXPECT_EQ(done.error().code, errc::invalid_json);
}

TEST_F(tags_of_board, need_the_steps_that_they_read) {
    EXPECT_THAT(compiled({"{id}", "{owner.id}", "{project.id}{owner.id}"}).steps(), ElementsAre(0u, 1u));
    EXPECT_THAT(compiled({"boards"}).steps(), IsEmpty());
}

TEST_F(tags_of_board, are_told_what_is_wrong_with_them_and_where) {
    list told;
    compiled(
        {"a:{nothere.id}", "b:{project}", "c:{id.x}", "d:{metrics[job].n}", "e:{x", "", "f:{jobs[*].a}{jobs[*].b}"},
        &told);
    EXPECT_THAT(
        told,
        ElementsAre(::testing::HasSubstr("f:1:4: nothing here is called `nothere`"),
                    ::testing::HasSubstr("f:1:4: `project` is a whole document; name a part of it: {project.id}"),
                    ::testing::HasSubstr("f:1:4: `id` is an input: it has no parts; write {id}"),
                    ::testing::HasSubstr("f:1:4: there is no loop here for `job`"),
                    ::testing::HasSubstr("f:1:3: `{` without `}`"), ::testing::HasSubstr("f:1:1: a tag without a name"),
                    ::testing::HasSubstr("f:1:15: two references of one tag select many values")));
}

}  // namespace
}  // namespace nearside::aggregators
