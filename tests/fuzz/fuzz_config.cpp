// links: config
// Any text as a configuration: no crash, no hang, and every complaint has its place, a reason and a mend. What loads
// without a complaint keeps the promises that the rest of nearside builds on.
#include "config/load.h"
#include "config/url_path.h"

#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

namespace {

using nearside::config::load_outcome;

// Where `column` may be at most one behind the end of its line.
constexpr std::uint32_t largest = 1U << 20U;

void require(bool truth) {
    if (!truth) std::abort();
}

void check_complaints(const load_outcome& loaded) {
    for (const auto& each : loaded.complaints) {
        require(each.at.file == "f" && each.at.line >= 1 && each.at.column >= 1);
        require(each.at.line <= largest && each.at.column <= largest);
        require(!each.what.empty() && !each.mend.empty());
    }
}

void check_promises(const load_outcome& loaded) {
    const auto& all = loaded.value;
    for (const auto& upstream : all.upstreams) {
        require(!upstream.host.empty() && upstream.port != 0 && !upstream.base_path.ends_with('/'));
        require(upstream.warm_connections <= upstream.max_connections);
        require(upstream.timeout.first_byte <= upstream.timeout.total && upstream.timeout.connect.count() > 0);
    }
    for (const auto& route : all.routes)
        require(all.find_upstream(route.upstream) != nullptr);
    for (const auto& view : all.views) {
        require(nearside::config::parse_view_path(view.path.value).value.has_value());
        require(!view.steps.empty());
        for (const auto& step : view.steps) {
            require(!step.get.value.empty() && all.upstream_of(view, step) != nullptr);
        }
    }
    require(all.cache.max_entry <= all.cache.memory);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::size_t most = 16 * 1024;
    if (size > most) return 0;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto env = [](std::string_view name) -> std::optional<std::string> {
        if (name == "SET") return "value: [x";
        return std::nullopt;
    };
    const load_outcome loaded = nearside::config::load_text("f", text, env);
    check_complaints(loaded);
    if (loaded.good()) check_promises(loaded);
    return 0;
}
