// Durations, sizes and whole numbers as people write them. Pure; any thread.
#pragma once

#include "config/reading.h"
#include "config/settings.h"

#include <cstdint>
#include <string_view>

namespace nearside::config {

// `800ms`, `5s`, `10m`, `2h`, `1d`, and these one after the other, larger units first: `1h30m`. At most 100 years, so
// that a duration added to any time stays a time.
reading<milliseconds> parse_duration(std::string_view text);

// Bytes: `512MiB`, `64KiB` (powers of 1024), `10MB`, `64kB` (of 1000), `100B`, or a bare number.
reading<byte_count> parse_size(std::string_view text);

// Decimal digits only.
reading<std::uint64_t> parse_number(std::string_view text);

// From 0 to 1: `0.5`, `1`.
reading<double> parse_share(std::string_view text);

// The other way, as short as it is exact: for messages.
std::string format_duration(milliseconds duration);
std::string format_size(byte_count size);

}  // namespace nearside::config
