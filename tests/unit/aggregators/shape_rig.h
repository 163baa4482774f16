// What tests of shapes share: `out` written as YAML, and the steps and values that it is tried with.
#pragma once

#include "aggregators/compose.h"
#include "aggregators/select.h"
#include "config/parse_yaml.h"

#include <string>
#include <string_view>
#include <vector>

namespace nearside::aggregators {

inline config::node yaml(std::string_view text) {
    config::complaint_list complaints;
    return config::parse_yaml("view.yaml", text, complaints).root;
}

// Steps `project`, `owner` and `jobs` are documents; `metrics` has one for each item of `jobs`. `id` is a parameter.
inline shape_names board_names() {
    return {{{"project", false, ""}, {"owner", false, ""}, {"jobs", false, ""}, {"metrics", true, "jobs"}},
            {"id", "page"}};
}

// What a list step got for the items that `path` selects in `over`: documents by number of item; empty: nothing.
inline step_value for_each(const step_value& over, std::string_view path, std::vector<std::string> documents) {
    step_value list;
    list.list = true;
    const auto table = select_items(over, *parse_json_path(path), {}, {});
    for (std::size_t item = 0; table && item < table->items.size(); ++item) {
        list.items.push_back(table->items[item].raw.data());
        if (item >= documents.size() || documents[item].empty()) {
            list.which.push_back(step_value::nothing);
        } else {
            list.which.push_back(static_cast<std::uint32_t>(list.documents.size()));
            list.documents.push_back(buffer::copy_of(documents[item]));
        }
    }
    return list;
}

}  // namespace nearside::aggregators
