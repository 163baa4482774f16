#include "config/settings.h"

#include <algorithm>

namespace nearside::config {

position position_within(const located<std::string>& text, std::size_t offset) {
    position place = text.at;
    const std::string_view before = std::string_view(text.value).substr(0, offset);
    const auto is_first_byte = [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U; };
    place.column +=
        static_cast<std::uint32_t>(std::count_if(before.begin(), before.end(), is_first_byte)) + (text.quoted ? 1 : 0);
    return place;
}

const upstream_settings* settings::find_upstream(std::string_view name) const noexcept {
    const auto found = std::find_if(upstreams.begin(), upstreams.end(),
                                    [&](const upstream_settings& each) { return each.name == name; });
    return found == upstreams.end() ? nullptr : &*found;
}

const upstream_settings* settings::upstream_of(const view_settings& view, const step_settings& step) const noexcept {
    if (step.upstream) return find_upstream(step.upstream->value);
    if (view.upstream) return find_upstream(view.upstream->value);
    return upstreams.size() == 1 ? &upstreams.front() : nullptr;
}

}  // namespace nearside::config
