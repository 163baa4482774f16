#include "cache/redis_meters.h"

#include <string>

namespace nearside::cache {

std::string_view to_string(redis_wrote what) noexcept {
    switch (what) {
        case redis_wrote::whole:
            return "whole";
        case redis_wrote::head_alone:
            return "head-alone";
        case redis_wrote::erased:
            return "erased";
        case redis_wrote::nothing_left:
            return "nothing-left";
        case redis_wrote::refused:
            return "refused";
        case redis_wrote::older:
            return "older";
        case redis_wrote::interrupted:
            return "interrupted";
        case redis_wrote::dropped:
            return "dropped";
        case redis_wrote::failed:
            return "failed";
    }
    return "failed";
}

redis_meters::redis_meters(metrics& registry)
    : read_bytes(registry.make_counter("nearside_redis_read_bytes_total", "Bytes of what was found in Redis")),
      written_bytes(registry.make_counter("nearside_redis_written_bytes_total", "Bytes that were written to Redis")),
      read_seconds(registry.make_histogram("nearside_redis_read_seconds",
                                           "Time to find a stored answer in Redis, decoded", latency_bounds())),
      write_seconds(registry.make_histogram("nearside_redis_write_seconds",
                                            "Time to write a stored answer to Redis, off the way of requests",
                                            latency_bounds())) {
    for (std::size_t at = 0; at < tier_miss_count; ++at) {
        const auto why = static_cast<tier_miss>(at);
        const std::string result(why == tier_miss::none ? "hit" : to_string(why));
        reads[at] = &registry.make_counter("nearside_redis_reads_total", "Stored answers looked for in Redis",
                                           {{"result", result}});
        texts[at] = &registry.make_counter("nearside_redis_text_reads_total", "Recipes and schemas looked for in Redis",
                                           {{"result", result}});
    }
    for (std::size_t at = 0; at < redis_wrote_count; ++at) {
        writes[at] =
            &registry.make_counter("nearside_redis_writes_total", "What became of what was to be written to Redis",
                                   {{"result", std::string(to_string(static_cast<redis_wrote>(at)))}});
    }
}

}  // namespace nearside::cache
