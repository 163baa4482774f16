// Work done in a process of its own, so that nothing else counts in its memory. Linux.
#pragma once

#include <functional>
#include <string>

namespace nearside::bench {

// Runs `work` in a child process and gives what it returned. Ends the program when the child fails.
std::string in_own_process(const std::function<std::string()>& work);

}  // namespace nearside::bench
