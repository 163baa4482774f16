// The program `jq` of Debian's package, to compare with.
#pragma once

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <unistd.h>

namespace nearside::aggregators {

// What it prints for a document, each value in a line of its own.
inline std::string print_by_jq(const std::string& program, const std::string& document) {
    const char* const folder = std::getenv("TMPDIR");
    const std::string path =
        std::string(folder == nullptr ? "/tmp" : folder) + "/nearside-jq-" + std::to_string(getpid());
    std::ofstream(path + ".jq") << program;
    std::ofstream(path + ".json") << document;
    std::string printed;
    FILE* const pipe = popen(("jq -c -f " + path + ".jq " + path + ".json 2>/dev/null").c_str(), "r");
    if (pipe == nullptr) return "no jq";
    std::array<char, 4096> block{};
    for (std::size_t count = 0; (count = fread(block.data(), 1, block.size(), pipe)) > 0;)
        printed.append(block.data(), count);
    pclose(pipe);
    std::remove((path + ".jq").c_str());
    std::remove((path + ".json").c_str());
    return printed;
}

}  // namespace nearside::aggregators
