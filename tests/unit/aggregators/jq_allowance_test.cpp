#include "aggregators/jq_allowance.h"

#include <gtest/gtest.h>

namespace nearside::aggregators {
namespace {

// Each look at it takes so long.
struct slow_clock final : clock {
    explicit slow_clock(milliseconds a_look) : step(a_look) {}
    wall_time wall_now() const override { return {}; }
    steady_time steady_now() const override { return now += step; }
    milliseconds step;
    mutable steady_time now{};
};

std::string answer(const result<buffer>& made) {
    return made ? std::string(made->view()) : std::string(to_string(made.error().code)) + ": " + made.error().detail;
}

constexpr std::string_view used_up = "jq_failed: the jq programs of one run took longer than 1000 ms together";

TEST(jq_allowance, ends_when_the_documents_of_a_run_have_used_it_up) {
    const auto program = jq_program::compile(".n").value();
    const slow_clock clock(milliseconds(400));
    jq_allowance allowance(clock, milliseconds(1'000));
    const buffer document = buffer::copy_of(R"({"n": 7})");
    for (int run = 0; run < 3; ++run)
        EXPECT_EQ(answer(allowance.run(*program, document, {})), "7") << run;
    const steady_time before = clock.now;
    for (int run = 0; run < 2; ++run)
        EXPECT_EQ(answer(allowance.run(*program, document, {})), used_up) << run;
    EXPECT_EQ(clock.now, before) << "nothing was run";
}

TEST(jq_allowance, a_program_that_fails_while_something_is_left_says_why_itself) {
    const auto program = jq_program::compile("error(\"so\")").value();
    const slow_clock clock(milliseconds(400));
    jq_allowance allowance(clock, milliseconds(1'000));
    const buffer document = buffer::copy_of("1");
    EXPECT_EQ(answer(allowance.run(*program, document, {})), "jq_failed: the jq program says: so");
}

TEST(jq_allowance, a_program_that_does_not_end_is_stopped_when_all_is_used_up) {
    const auto program = jq_program::compile("def f: f; f").value();
    const system_clock clock;
    jq_allowance allowance(clock, milliseconds(50));
    EXPECT_EQ(answer(allowance.run(*program, buffer::copy_of("1"), {})),
              "jq_failed: the jq programs of one run took longer than 50 ms together");
}

}  // namespace
}  // namespace nearside::aggregators
