#include "config/reader.h"
#include "config/sections.h"
#include "config/units.h"

namespace nearside::config {

void read_streams(const member& section, stream_settings& into, const section_context& context) {
    if (!expect_mapping(section.value, "`streams`", context.out)) return;
    constexpr std::uint32_t most_streams = 1'000'000;
    constexpr std::uint32_t most_views = 1'000;
    constexpr std::uint32_t most_history = 100'000;
    constexpr milliseconds least_heartbeat{100};
    constexpr byte_count least_buffer = 1024;
    reader keys(section.value, section.key.at, "`streams`", context.out);
    keys.read_number("max", into.max, 0, most_streams);
    keys.read_number("per_client", into.per_client, 1, most_streams);
    keys.read_number("views", into.views, 1, most_views);
    keys.read("heartbeat", into.heartbeat, least_heartbeat);
    keys.read("retry", into.retry);
    keys.read("wait_limit", into.wait_limit);
    keys.read("linger", into.linger);
    keys.read_number("history", into.history, 0, most_history);
    keys.read_size("history_bytes", into.history_bytes, 0);
    keys.read_size("snapshot_limit", into.snapshot_limit, 0);
    if (const auto share = keys.read_as("patch_share", parse_share)) into.patch_share = *share;
    keys.read_size("buffer", into.buffer, least_buffer);
    keys.finish();
}

}  // namespace nearside::config
