// What tests of routes share: a route out of its lines of YAML, and requests for it.
#pragma once

#include "config/load.h"
#include "core/http_message.h"
#include "proxy/route.h"
#include "proxy/route_key.h"
#include "proxy/site.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nearside::proxy {

// A file of one upstream `api` and one route of this path with these keys, each `key: value`; `upstream` adds keys to
// the upstream.
inline std::string route_file(std::string_view path, std::initializer_list<std::string_view> keys,
                              std::string_view upstream = {}) {
    std::string text = "upstreams: {api: {url: http://a";
    text.append(upstream).append("}}\nroutes:\n  - path: \"").append(path).append("\"\n");
    for (const std::string_view key : keys)
        text.append("    ").append(key).append("\n");
    return text;
}

struct built_site {
    std::shared_ptr<const site> places;
    std::vector<std::string> complaints;
};

inline built_site build_site(const std::string& text) {
    config::load_outcome loaded = config::load_text("f", text, [](std::string_view) { return std::nullopt; });
    built_site built;
    built.places = site::build(loaded.value, loaded.complaints);
    for (const config::complaint& each : loaded.complaints)
        built.complaints.push_back(each.to_string());
    return built;
}

inline std::shared_ptr<const site> site_of(const std::string& text) {
    built_site built = build_site(text);
    EXPECT_TRUE(built.complaints.empty()) << built.complaints.front();
    return built.places;
}

// As a request for `target` finds it.
inline route_target target_of(const site& places, std::string_view target) {
    const std::optional<site::place> place = places.find(target.substr(0, target.find('?')));
    EXPECT_TRUE(place && place->of_route) << target;
    return understand_target(place->of_route, place->captures, target);
}

inline header_fields fields_of(std::initializer_list<std::pair<std::string_view, std::string_view>> fields) {
    header_fields made;
    for (const auto& [name, value] : fields)
        made.append(name, value);
    return made;
}

}  // namespace nearside::proxy
