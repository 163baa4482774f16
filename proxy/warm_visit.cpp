#include "proxy/warm_visit.h"

#include "config/input_value.h"
#include "config/url_path.h"
#include "core/percent_encoding.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nearside::proxy {

result<warm_visit> visit_with(const std::shared_ptr<const view>& of, const warm_values& values) {
    std::vector<std::string> captures;
    for (const std::string& name : of->path_parameters) {
        const auto value = values.find(name);
        if (value == values.end() || !config::can_be_captured(value->second))
            return error{errc::invalid_parameter, "parameter \"" + name + "\" can be no segment of a path"};
        captures.push_back(value->second);
    }
    std::string query;
    for (const auto& input : of->query) {
        const auto value = values.find(input.name);
        if (value == values.end()) continue;
        if (!query.empty()) query += '&';
        append_percent_encoded(query, input.name);
        query += '=';
        append_percent_encoded(query, value->second);
    }
    warm_visit visit;
    visit.request.method = "GET";
    const auto take_field = [&](const std::string& field, const std::string& name) {
        const auto value = values.find(name);
        if (value == values.end() || visit.request.fields.contains(field)) return true;
        if (!config::is_field_value(value->second)) return false;
        visit.request.fields.append(field, value->second);
        return true;
    };
    bool good = true;
    for (const auto& input : of->headers)
        good = take_field(input.source, input.name) && good;
    for (const std::string& name : of->forwarded)
        good = take_field(name, name) && good;
    if (!good) return error{errc::invalid_parameter, "a control character in what is a header"};

    auto target = understand_target(of, captures, query);
    if (!target) return std::move(target).error();
    auto question = understand(std::make_shared<const view_target>(*std::move(target)), visit.request);
    if (!question) return std::move(question).error();
    visit.question = *std::move(question);
    return visit;
}

}  // namespace nearside::proxy
