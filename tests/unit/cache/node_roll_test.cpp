#include "cache/node_roll.h"

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

namespace nearside::cache {
namespace {

using namespace std::chrono_literals;

class node_roll_test : public ::testing::Test {
protected:
    node_roll_test() { roll_.in_step(now_ - 1h); }

    void restart_of_redis() {
        roll_.out_of_step(now_);
        roll_.present({"self"});
        roll_.in_step(now_);
    }

    steady_time now_{1h};
    node_roll roll_{"self", 3s, 4};
};

TEST_F(node_roll_test, alone_it_waits_for_nobody) {
    const auto whom = roll_.all(1, now_);
    EXPECT_EQ(whom.nodes(), 1U);
    EXPECT_EQ(roll_.holding(whom, 7), 1U);
}

TEST_F(node_roll_test, all_who_are_present_have_to_confirm_up_to_the_place) {
    roll_.present({"self", "b", "c"});
    const auto whom = roll_.all(3, now_);
    EXPECT_EQ(whom.nodes(), 3U);
    roll_.confirm("b", 7);
    roll_.confirm("c", 6);
    EXPECT_EQ(roll_.holding(whom, 7), 2U);
    roll_.confirm("c", 9);
    EXPECT_EQ(roll_.holding(whom, 7), 3U);
}

TEST_F(node_roll_test, one_that_comes_back_under_another_name_does_not_stand_for_another) {
    roll_.present({"self", "b", "c"});
    const auto whom = roll_.all(3, now_);
    roll_.confirm("b", 7);
    roll_.confirm("b again", 7);
    EXPECT_EQ(roll_.holding(whom, 7), 2U);
}

TEST_F(node_roll_test, one_that_listens_and_has_not_said_its_name_is_waited_for) {
    roll_.present({"self"});
    const auto whom = roll_.all(2, now_);
    EXPECT_EQ(whom.nodes(), 2U);
    EXPECT_EQ(roll_.holding(whom, 7), 1U);
    roll_.confirm("b", 7);
    EXPECT_EQ(roll_.holding(whom, 7), 2U);
}

TEST_F(node_roll_test, what_was_confirmed_earlier_is_not_taken_back) {
    roll_.present({"self", "b"});
    roll_.confirm("b", 9);
    roll_.confirm("b", 7);
    EXPECT_EQ(roll_.holding(roll_.all(2, now_), 9), 2U);
}

TEST_F(node_roll_test, the_nodes_of_before_are_waited_for_for_a_while) {
    roll_.present({"self", "b", "c"});
    restart_of_redis();
    EXPECT_EQ(roll_.all(1, now_).nodes(), 3U);
    now_ += 3s;
    EXPECT_EQ(roll_.all(1, now_).nodes(), 1U);
}

TEST_F(node_roll_test, the_nodes_of_before_are_remembered_through_several_losses) {
    roll_.present({"self", "b", "c"});
    restart_of_redis();
    roll_.present({"self", "b"});
    restart_of_redis();
    EXPECT_EQ(roll_.all(1, now_).nodes(), 3U);
    now_ += 3s;
    roll_.present({"self", "b"});
    restart_of_redis();
    EXPECT_EQ(roll_.all(1, now_).nodes(), 2U) << "c is gone for good";
}

TEST_F(node_roll_test, confirmations_of_before_do_not_count_in_a_new_log) {
    roll_.present({"self", "b"});
    roll_.confirm("b", 9);
    restart_of_redis();
    EXPECT_EQ(roll_.holding(roll_.all(2, now_), 3), 1U);
}

TEST_F(node_roll_test, it_keeps_no_more_confirmations_than_it_may) {
    for (const std::string_view each : {"b", "c", "d", "e", "f"})
        roll_.confirm(each, 7);
    roll_.present({"self", "f"});
    EXPECT_EQ(roll_.holding(roll_.all(1, now_), 7), 2U);
    roll_.present({"self", "b"});
    EXPECT_EQ(roll_.holding(roll_.all(1, now_), 7), 1U);
}

}  // namespace
}  // namespace nearside::cache
