#include "proxy/view_request.h"

#include "core/percent_encoding.h"
#include "core/utf8.h"
#include "proxy/path_tree.h"
#include "proxy/query_pairs.h"

#include <algorithm>

namespace nearside::proxy {

namespace {

error invalid(std::string_view name) {
    return {errc::invalid_parameter, "parameter \"" + std::string(name) + "\" is not percent-encoded UTF-8"};
}

}  // namespace

std::vector<std::string> path_parameters(std::string_view pattern) {
    std::vector<std::string> names;
    for (auto open = pattern.find('{'); open != std::string_view::npos; open = pattern.find('{', open + 1)) {
        const auto close = pattern.find('}', open);
        if (close == std::string_view::npos) break;
        names.emplace_back(pattern.substr(open + 1, close - open - 1));
    }
    return names;
}

result<aggregators::view_inputs> read_view_inputs(std::span<const std::string> names,
                                                  std::span<const std::string> captures,
                                                  std::span<const config::view_settings::query_parameter> declared,
                                                  std::string_view query) {
    aggregators::view_inputs inputs;
    for (std::size_t at = 0; at < names.size() && at < captures.size(); ++at) {
        if (find_invalid_utf8(captures[at]) != std::string::npos) return invalid(names[at]);
        inputs.insert_or_assign(names[at], captures[at]);
    }
    for (const auto& parameter : declared) {
        if (parameter.default_value) inputs.insert_or_assign(parameter.name, *parameter.default_value);
    }

    std::string_view broken;
    for_each_query_pair(query, [&](const query_pair& pair) {
        const auto name = percent_decoded(pair.name, true);
        if (!name) return;  // can't be a declared one: their names need no encoding
        const auto known = std::find_if(declared.begin(), declared.end(),
                                        [&](const auto& parameter) { return parameter.name == *name; });
        if (known == declared.end()) return;
        auto value = percent_decoded(pair.value, true);
        if (!value || find_invalid_utf8(*value) != std::string::npos) {
            broken = known->name;
            return;
        }
        inputs.insert_or_assign(known->name, std::move(*value));
    });
    if (!broken.empty()) return invalid(broken);
    return inputs;
}

}  // namespace nearside::proxy
