#include "loadtest/compose/memory.h"

#include <fstream>
#include <malloc.h>
#include <string>

namespace nearside::bench {
namespace {

std::size_t status_kilobytes(const std::string& name) {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with(name)) return std::stoul(line.substr(name.size()));
    return 0;
}

}  // namespace

std::size_t peak_of(const std::function<void()>& work) {
    malloc_trim(0);                                 // what earlier work has freed must not be found resident again
    std::ofstream("/proc/self/clear_refs") << "5";  // the high-water mark starts anew (proc(5))
    const std::size_t before = status_kilobytes("VmRSS:");
    work();
    const std::size_t peak = status_kilobytes("VmHWM:");
    return peak > before ? (peak - before) * 1024 : 0;
}

}  // namespace nearside::bench
