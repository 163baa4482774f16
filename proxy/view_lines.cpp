#include "proxy/view_lines.h"

#include "aggregators/part_lines.h"
#include "core/json_string.h"
#include "proxy/accept.h"
#include "proxy/view_answer.h"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace nearside::proxy {

namespace {

using aggregators::part_line;
using aggregators::whole_line;

// What `Accept` says about JSON, by the most specific range that covers it.
struct liking {
    std::uint16_t weight = 0;
    int specific = -1;
};

void consider(liking& of, int specific, std::uint16_t weight) {
    if (specific > of.specific) of = {weight, specific};
}

}  // namespace

bool wants_lines(const header_fields& request) {
    liking lines, json;
    for_each_accepted(request, [&](const accepted_range& each) {
        if (iequals(each.type, lines_type)) consider(lines, 2, each.weight);
        if (iequals(each.type, "application/json")) consider(json, 2, each.weight);
        if (iequals(each.type, "application/*")) consider(json, 1, each.weight);
        if (each.type == "*/*") consider(json, 0, each.weight);
    });
    if (lines.weight == 0) return false;
    return lines.weight > json.weight || (lines.weight == json.weight && json.specific < 2);
}

std::vector<body> part_lines(const view& of, const body& whole) {
    const std::vector<std::string>& names = of.plan->parts.names;
    std::vector<body> lines;
    if (of.plan->parts.none()) {
        lines.push_back(whole_line(whole));
        return lines;
    }
    const std::vector<body> values = aggregators::split_members(whole);
    for (std::size_t part = 0; part < std::min(names.size(), values.size()); ++part)
        lines.push_back(part_line(names[part], values[part]));
    return lines;
}

std::string end_line(const cache::entry& whole, std::string_view detail) {
    std::string line = R"({"etag":)";
    append_json_string(line, whole.etag());
    if (const auto partial = whole.head.find("nearside-partial")) {
        line += R"(,"partial":[)";
        for_each_member(*partial, [&line](std::string_view step) {
            if (line.back() != '[') line += ',';
            append_json_string(line, step);
        });
        line += ']';
    }
    if (!detail.empty()) {
        line += R"(,"detail":)";
        append_json_string(line, detail);
    }
    line += "}\n";
    return line;
}

std::string end_line(const problem& instead) {
    std::string document = instead.content.to_string();
    while (!document.empty() && document.back() == '\n')
        document.pop_back();
    return R"({"problem":)" + document + "}\n";
}

body all_lines(const view& of, const cache::entry& whole, std::string_view detail) {
    std::vector<slice> slices;
    for (const body& line : part_lines(of, whole.content))
        slices.insert(slices.end(), line.slices().begin(), line.slices().end());
    auto last = std::make_shared<const std::string>(end_line(whole, detail));
    const std::string_view bytes = *last;
    slices.push_back({std::move(last), bytes});
    return body(std::move(slices));
}

response_head lines_head(const cache::entry& whole) {
    response_head head{.status = whole.head.status(), .fields = whole.head.fields()};
    head.fields.set("Content-Type", lines_type);
    head.fields.set("ETag", "W/" + std::string(whole.etag()));
    return head;
}

response_head growing_lines_head(const view& of) {
    response_head head;
    head.fields.append("Content-Type", lines_type);
    // Without a tag it could never be validated. A coding on the way would hold the first parts back (RFC
    // 9111 5.2.2.6).
    head.fields.append("Cache-Control", "no-store, no-transform");
    head.fields.append("Vary", vary_of(of));
    // nginx in front of this would hold the first parts back until it has more of them.
    head.fields.append("X-Accel-Buffering", "no");
    return head;
}

}  // namespace nearside::proxy
