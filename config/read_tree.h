// One file and all that it includes -> one tree, environment filled in. Reads files through `file_source`; one thread.
#pragma once

#include "config/complain.h"
#include "config/environment.h"
#include "config/files.h"

#include <string>
#include <string_view>
#include <vector>

namespace nearside::config {

struct include_limits {
    static constexpr std::size_t depth = 16;
    static constexpr std::size_t files = 256;
};

// Names of the sections of a configuration.
const std::vector<std::string_view>& known_sections();

struct read_outcome {
    node root;  // a mapping, or null when nothing could be read
    // False: some file could not be read, so that a name may be unknown only because its file is missing.
    bool whole = true;
};

read_outcome read_tree(const std::string& file, const file_source& files, const environment& env, complaint_list& out);

// The same when the first file's text is known already.
read_outcome read_tree_of(const std::string& file, std::string_view text, const file_source& files,
                          const environment& env, complaint_list& out);

// Adds the sections of an included file: members of `upstreams` and `views`, items of `routes`; every other section may
// stand in one file only. The same name twice is complained about, and the first one counts.
void merge_sections(node& into, node from, complaint_list& out);

}  // namespace nearside::config
