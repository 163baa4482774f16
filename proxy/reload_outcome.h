// What came of asking a running process to read its configuration again: told to whoever asked, and logged. A value.
#pragma once

#include <string>
#include <vector>

namespace nearside::proxy {

struct reload_outcome {
    bool loaded = false;  // the file is what is served by now; else nothing changed
    // Why not: each as `nearside check` tells it, `file:line:column: what; mend`.
    std::vector<std::string> complaints;
    // Keys of the configuration whose value in the file can't be taken up while the process runs (`server.listen`):
    // they stay as they were.
    std::vector<std::string> needs_restart;
};

}  // namespace nearside::proxy
