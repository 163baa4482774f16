#include "proxy/view_request.h"

#include "config/input_value.h"
#include "core/percent_encoding.h"
#include "core/utf8.h"
#include "proxy/path_tree.h"
#include "proxy/query_pairs.h"
#include "proxy/token_claims.h"

#include <algorithm>

namespace nearside::proxy {

namespace {

error invalid(std::string_view name) {
    return {errc::invalid_parameter, "parameter \"" + std::string(name) + "\" is not percent-encoded UTF-8"};
}

using input = config::view_settings::query_parameter;

// Puts an input where it belongs, or tells why that can't be.
std::optional<error> take(aggregators::view_inputs& into, const input& of, const std::optional<std::string>& value,
                          std::string_view what) {
    const std::string name = std::string(what) + " \"" + of.name + "\" ";
    if (!value) {
        if (of.required) return error{errc::invalid_parameter, name + "is required"};
        if (of.default_value) into.insert_or_assign(of.name, *of.default_value);
        return std::nullopt;
    }
    auto normal = config::read_input(of, *value);
    if (!normal.value) return error{errc::invalid_parameter, name + normal.what};
    into.insert_or_assign(of.name, *std::move(normal.value));
    return std::nullopt;
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
    aggregators::view_inputs sent;
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
        sent.insert_or_assign(known->name, std::move(*value));
    });
    if (!broken.empty()) return invalid(broken);
    for (const input& parameter : declared) {
        const auto given = sent.find(parameter.name);
        const std::optional<std::string> value = given == sent.end() ? std::nullopt : std::optional(given->second);
        if (auto fault = take(inputs, parameter, value, "parameter")) return *std::move(fault);
    }
    return inputs;
}

result<aggregators::view_inputs> read_header_inputs(const view& of, const header_fields& fields) {
    aggregators::view_inputs inputs;
    for (const input& header : of.headers) {
        std::optional<std::string> value;
        if (fields.contains(header.source)) value = fields.combined(header.source);
        if (value && find_invalid_utf8(*value) != std::string::npos)
            return error{errc::invalid_parameter, "header \"" + header.source + "\" is not UTF-8"};
        if (auto fault = take(inputs, header, value, "header input")) return *std::move(fault);
    }
    if (of.claims.empty()) return inputs;
    const std::optional<buffer> payload = token_payload(fields);
    for (const input& claim : of.claims) {
        const auto value = payload ? read_claim(*payload, claim.source) : std::nullopt;
        if (auto fault = take(inputs, claim, value, "claim")) return *std::move(fault);
    }
    return inputs;
}

}  // namespace nearside::proxy
