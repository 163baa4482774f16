// links: core
// Every text that is read as a date means one moment: written out and read again it is the same, whatever the clock.
#include "core/http_date.h"
#include "tests/fuzz/fuzzing.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace {

using nearside::fuzzing::must;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using nearside::http_time;
    if (size < 1) return 0;
    // The first byte is the year of the clock, counted from 1970.
    const http_time now{std::chrono::floor<std::chrono::seconds>(std::chrono::years{data[0]})};
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    const auto read = nearside::parse_http_date(text, now);
    if (!read) return 0;
    must(nearside::parse_http_date(nearside::format_http_date(*read), now) == read);
    must(text.size() >= 24 && text.size() <= 33);
    // Two digits of a year never mean more than fifty years ahead.
    if (text.find('-') == 5 || text.find('-') > 8) return 0;
    must(text.find('-') == std::string_view::npos || *read <= now + std::chrono::years{50} + std::chrono::days{1});
    return 0;
}
