// The tags that a view's configuration gives it, `project:{id}` or `job:{jobs[*].id}`: text, inputs of the view, and
// values in what its steps got. A reference that selects many values makes as many tags. Compiled once at load,
// immutable; any thread.
#pragma once

#include "aggregators/json_path.h"
#include "aggregators/readings.h"
#include "aggregators/shape.h"
#include "aggregators/step_value.h"
#include "aggregators/tag_texts.h"
#include "config/settings.h"
#include "core/error.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace nearside::aggregators {

class view_tags {
public:
    static constexpr std::size_t longest = 256;  // bytes; a longer tag is left out
    static constexpr std::size_t most = 1'000;   // of one view; those beyond it are left out

    bool none() const noexcept { return templates_.empty(); }
    // The steps whose values it reads, ascending.
    std::vector<step_index> steps() const;

    struct made {
        std::vector<std::string> tags;  // sorted, each once
        std::size_t left_out = 0;       // over a limit
    };
    // `values` by step, those of steps() filled in. A tag that needs a value which is missing, null, a list or an
    // object is no tag. Fails where a document is no JSON. Heavy where documents are large.
    result<made> make(std::span<const step_value> values, const std::map<std::string, std::string, std::less<>>& inputs,
                      std::uint32_t json_depth) const;

private:
    friend class view_tag_compiler;

    struct source {
        std::optional<step_index> step;  // absent: an input
        std::string input;
        std::uint32_t path = 0;  // in paths_ of the step
    };
    struct piece {
        std::string literal;
        std::optional<source> then;
    };
    using selected = std::map<step_index, std::vector<std::vector<json_value>>>;

    static tag_texts values_of(const source& from, const selected& found,
                               const std::map<std::string, std::string, std::less<>>& inputs);

    std::vector<std::vector<piece>> templates_;
    std::map<step_index, std::vector<json_path>> paths_;
};

view_tags compile_view_tags(std::span<const config::located<std::string>> texts, const shape_names& names,
                            std::vector<config::complaint>& complaints);

}  // namespace nearside::aggregators
