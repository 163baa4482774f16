#include "aggregators/jq_machine.h"

#include <gtest/gtest.h>

#include <string>

namespace nearside::aggregators {
namespace {

constexpr std::chrono::milliseconds time_limit{60'000};
constexpr std::size_t memory = std::size_t{512} * 1024 * 1024;

jq_machine compiled_machine(const std::string& program) {
    std::string complaints;
    jq_machine machine = compile_jq_machine(std::string(jq_prelude()) + program, complaints);
    EXPECT_TRUE(machine) << complaints;
    return machine;
}

// 2 MB of text in a list of 20,000.
std::string large_document() {
    std::string made = "[";
    for (int item = 0; item < 20'000; ++item)
        made += (item == 0 ? "\"" : ",\"") + std::to_string(item) + std::string(100, 'x') + "\"";
    return made + "]";
}

TEST(jq_machine, keeps_nothing_of_a_run_that_ends_in_the_midst_of_its_program) {
    const std::string document = large_document();
    for (const char* program : {".[]", "., .", "[.[]] | ., error(\"late\")", "length", "[range(300000)] | length"}) {
        jq_machine machine = compiled_machine(program);
        const jq_outcome outcome = run_jq_machine(machine, document, time_limit, memory);
        ASSERT_FALSE(outcome.gone) << program;
        EXPECT_LT(outcome.kept_bytes, 64U * 1024) << program;
    }
}

TEST(jq_machine, runs_again_after_a_run_that_ended_in_the_midst_of_its_program) {
    jq_machine machine = compiled_machine(".[]");
    for (int round = 0; round < 3; ++round) {
        EXPECT_EQ(run_jq_machine(machine, "[1, 2, 3]", time_limit, memory).values, 2U);
        const jq_outcome outcome = run_jq_machine(machine, "[7]", time_limit, memory);
        EXPECT_EQ(outcome.values, 1U);
        EXPECT_EQ(outcome.json, "7");
        EXPECT_EQ(run_jq_machine(machine, "7", time_limit, memory).failure, "Cannot iterate over number (7)");
    }
}

TEST(jq_machines, one_that_keeps_much_is_not_kept) {
    jq_machines machines(std::string(jq_prelude()) + ".");
    jq_machine first = machines.take();
    const jq_state* const was = first.get();
    machines.give_back(std::move(first), 1'000);
    jq_machine again = machines.take();
    EXPECT_EQ(again.get(), was);
    jq_machine other = machines.take();
    machines.give_back(std::move(other), std::size_t{64} * 1024 * 1024);
    machines.give_back(std::move(again), 0);
    const jq_machine kept = machines.take();
    EXPECT_EQ(kept.get(), was);
}

}  // namespace
}  // namespace nearside::aggregators
