// Reads a configuration: one file and what it includes -> typed settings, with every complaint at once. Nothing is
// decided here beyond what a file can get wrong; the expressions inside views are the planner's
// (aggregators/planner.h), which adds its own complaints.
// Pure but for the files that load() reads; any thread.
#pragma once

#include "config/complain.h"
#include "config/environment.h"
#include "config/settings.h"

#include <string>
#include <string_view>

namespace nearside::config {

struct load_outcome {
    // What could be read. With complaints it is for finding more of them, never for serving: a view whose path or steps
    // could not be read is left out, so that the planner doesn't complain about what only follows from that.
    settings value;
    complaint_list complaints;  // sorted by position; empty: good

    bool good() const noexcept { return complaints.empty(); }
};

load_outcome load(const std::string& file, const environment& env);

// The same from text, as if it stood in a file called `name`. No other file exists for it: neither `include` nor the
// files of `tls` are found.
load_outcome load_text(const std::string& name, std::string_view text, const environment& env);

}  // namespace nearside::config
