// A board of a project, its owner, its jobs and their metrics, and views of it.
#pragma once

#include "aggregators/compose.h"
#include "tests/unit/aggregators/shape_rig.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace nearside::aggregators {

class board : public ::testing::Test {
protected:
    board() {
        const step_value jobs = step_value::single(buffer::copy_of(R"({"results":[
            {"id":1,"status":"run","tags":[{"t":"x"},{"t":"y"}],"owner":{"name":"A"}},
            {"status":"done","extra":[1,2],"id":2,"tags":[],"owner":null},
            {"id":3,"id":33,"status":"\u0073top"}],"count":3.0})"));
        values_ = {step_value::single(
                       buffer::copy_of(R"({"id":7,"name":"한\ud55c","big":12345678901234567890.10,"list":[5,6]})")),
                   step_value::single(buffer::copy_of(" {\"id\" : 3}\n")), jobs,
                   for_each(jobs, "results[*]", {R"({"p":[{"v":10,"s":1},{"v":11}],"n":1})", "", R"({"p":[],"n":3})"})};
    }

    std::string view(std::string_view out, compose_limits limits = {}) {
        std::vector<config::complaint> complaints;
        const auto shape = compile_shape(yaml(out), board_names(), complaints);
        for (const auto& one : complaints)
            ADD_FAILURE() << one.to_string();
        if (shape == nullptr) return "";
        const auto composed = compose(*shape, values_, {{"id", "4\"2"}}, limits);
        if (composed) return composed->to_string();
        const auto step = composed.error().step;
        return std::string(to_string(composed.error().cause.code)) + (step ? " by step " + std::to_string(*step) : "") +
               ": " + composed.error().cause.detail;
    }

    void set(std::size_t step, std::string_view json) { values_[step] = step_value::single(buffer::copy_of(json)); }

    std::vector<step_value> values_;
};

}  // namespace nearside::aggregators
