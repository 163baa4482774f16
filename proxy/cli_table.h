// What the command line prints for people: columns, durations, sizes. What comes from elsewhere can't move a terminal's
// cursor. Pure; any thread.
#pragma once

#include "core/clock.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace nearside::proxy {

// Control characters as `?`.
std::string shown(std::string_view text);
// `850ms`, `3.2s`, `12m`, `5h`, `3d`.
std::string shown(milliseconds span);
// `512 B`, `1.5 KiB`, `48 MiB`.
std::string shown_bytes(std::uint64_t bytes);

struct table {
    struct column {
        std::string name;
        bool right = false;  // aligned to
    };
    std::vector<column> columns;
    std::vector<std::vector<std::string>> rows;  // one text a column

    // A line for the names and one for each row; the last column isn't padded.
    std::string to_string() const;
};

}  // namespace nearside::proxy
