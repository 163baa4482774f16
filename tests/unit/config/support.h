// What the tests of the loader share: an environment out of a list, complaints as lines of text, and an upstream.
#pragma once

#include "config/load.h"

#include <cstddef>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nearside::config {

// Behind a section that a test is about it makes a whole file: one without upstreams is refused.
inline constexpr const char* some_upstream = "upstreams: {api: {url: \"http://127.0.0.1:1\"}}\n";

inline environment environment_of(std::map<std::string, std::string, std::less<>> variables) {
    return [variables = std::move(variables)](std::string_view name) -> std::optional<std::string> {
        const auto found = variables.find(name);
        if (found == variables.end()) return std::nullopt;
        return found->second;
    };
}

inline std::vector<std::string> lines_of(const complaint_list& complaints) {
    std::vector<std::string> lines;
    for (const complaint& each : complaints)
        lines.push_back(each.to_string());
    return lines;
}

// The complaints about a file `f` of this text, without `f:`.
inline std::vector<std::string> complaints_about(std::string_view text, const environment& env = environment_of({})) {
    std::vector<std::string> lines = lines_of(load_text("f", text, env).complaints);
    for (std::string& line : lines) {
        if (line.starts_with("f:")) line.erase(0, 2);
    }
    return lines;
}

}  // namespace nearside::config
