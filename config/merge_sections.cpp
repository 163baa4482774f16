#include "config/read_tree.h"
#include "config/reader.h"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

namespace nearside::config {

namespace {

member* find_member(node& mapping, std::string_view name) {
    const auto found = std::find_if(mapping.members.begin(), mapping.members.end(),
                                    [&](const member& each) { return each.key.text == name; });
    return found == mapping.members.end() ? nullptr : &*found;
}

void complain_twice(const member& again, const member& first, std::string_view mend, complaint_list& out) {
    out.push_back({again.key.at, quote(again.key.text) + " is given twice, first at " + first.key.at.to_string(),
                   std::string(mend)});
}

void merge_names(node& into, node from, complaint_list& out) {
    for (member& each : from.members) {
        if (const member* first = find_member(into, each.key.text)) {
            complain_twice(each, *first, "rename one of the two", out);
        } else {
            into.members.push_back(std::move(each));
        }
    }
}

}  // namespace

void merge_sections(node& into, node from, complaint_list& out) {
    for (member& each : from.members) {
        const std::string_view name = each.key.text;
        if (name == "include") continue;
        member* present = find_member(into, name);
        if (present == nullptr) {
            into.members.push_back(std::move(each));
        } else if (present->value.is == node::kind::null) {
            *present = std::move(each);
        } else if (each.value.is == node::kind::null) {
            continue;
        } else if (name == "upstreams" || name == "views") {
            if (expect_mapping(each.value, quote(name), out) && present->value.is == node::kind::mapping) {
                merge_names(present->value, std::move(each.value), out);
            }
        } else if (name == "routes") {
            if (expect_sequence(each.value, quote(name), out) && present->value.is == node::kind::sequence) {
                std::move(each.value.items.begin(), each.value.items.end(), std::back_inserter(present->value.items));
            }
        } else if (!name.starts_with("x-")) {
            complain_twice(each, *present, "keep the whole section in one file", out);
        }
    }
}

}  // namespace nearside::config
