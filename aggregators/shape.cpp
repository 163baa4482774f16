#include "aggregators/shape.h"

#include "aggregators/shape_compiler.h"

#include <utility>

namespace nearside::aggregators {

using config::node;

shape::shape(std::shared_ptr<const shape_program> program) : program_(std::move(program)), steps_(program_->steps) {}

std::shared_ptr<const shape> compile_shape(const config::node& out, const shape_names& names,
                                           std::vector<config::complaint>& complaints) {
    return shape_compiler(names, complaints).compile(out);
}

config::node whole_steps(const shape_names& names) {
    node out;
    out.is = node::kind::mapping;
    for (const auto& step : names.steps) {
        node key;
        key.is = node::kind::scalar;
        key.text = step.name;
        key.quoted = true;
        out.members.push_back({key, key});
    }
    node with;
    with.is = node::kind::scalar;
    with.text = "with";
    node whole;
    whole.is = node::kind::mapping;
    whole.members.push_back({std::move(with), std::move(out)});
    return whole;
}

std::shared_ptr<const shape> whole_steps_shape(const shape_names& names) {
    std::vector<config::complaint> complaints;
    return compile_shape(whole_steps(names), names, complaints);
}

}  // namespace nearside::aggregators
