// YAML text -> a node tree that knows where everything was written. Bounded in size, depth and what aliases multiply,
// whatever the text is. Pure; any thread.
#pragma once

#include "config/complain.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace nearside::config {

struct yaml_limits {
    static constexpr std::size_t bytes = 1024 * 1024;  // of one file
    static constexpr std::size_t depth = 64;           // of nesting, aliases followed
    static constexpr std::size_t nodes = 100'000;      // of one file, aliases followed
};

struct parsed_yaml {
    node root;
    // False: reading stopped at a complaint, and `root` is what came before it.
    bool whole = true;
};

// Beyond syntax it complains about keys given twice (the first one counts), keys that are not names, tags and a second
// document. Anchors, aliases and merge keys (`<<`) are resolved; what an alias brings keeps the place of its anchor.
parsed_yaml parse_yaml(const std::string& file, std::string_view text, complaint_list& out);

}  // namespace nearside::config
