// links: aggregators config core
//
// A document from anywhere, read and composed into a view. Three readers give one verdict on it (ours, the plain one,
// simdjson's DOM, which refuses more: numbers that no double holds, half surrogate pairs), and whatever is composed is
// JSON.
#include "aggregators/compose.h"
#include "aggregators/json_fault.h"
#include "aggregators/json_reader.h"
#include "aggregators/select.h"
#include "config/parse_yaml.h"

#include <simdjson.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace nearside::aggregators;

constexpr std::uint32_t depth_limit = 100;

constexpr std::string_view views[] = {
    "whole: doc",
    "[doc.a, 'doc.a[*]', 'doc[*].a', 'doc[-1]', 'doc[?@.a == 1].b', 'list[*].a', 'list[0]', id]",
    "{from: doc, pick: [a, b], with: {c: doc.b, d: 'doc[*]'}}",
    "{each: 'doc.a[*]', as: one, omit: [a], with: {b: one.b.c, inner: {each: 'one[*]', as: two, with: {x: one.a}}}}",
    "[{first: 'doc.a[*]', sort: a}, {count: 'doc[*]'}, {merge: [doc, doc.a], rename: {a: b}}, {flatten: 'doc[*]', "
    "limit: "
    "3}]",
    "{each: 'doc[*]', as: one, sort: [{by: 'list[one].a', order: desc}, a], offset: 1, limit: 3}",
    "{each: 'doc[*]', as: one, pick: [a], with: {mine: 'list[one].a', all: {each: 'doc[*]', as: two, pick: [b], with: "
    "{y: one.b, z: two.a}}}}",
};

void require(bool holds) {
    if (!holds) std::abort();
}

std::vector<std::shared_ptr<const shape>> compiled_views() {
    std::vector<std::shared_ptr<const shape>> all;
    for (const std::string_view view : views) {
        std::vector<nearside::config::complaint> complaints;
        const auto parsed = nearside::config::parse_yaml("view", view, complaints);
        all.push_back(compile_shape(parsed.root, {{{"doc", false, ""}, {"list", true, "doc"}}, {"id"}}, complaints));
        require(all.back() != nullptr);
    }
    return all;
}

bool only_simdjson_refuses(simdjson::error_code code) {
    return code == simdjson::NUMBER_ERROR || code == simdjson::STRING_ERROR;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const std::vector<std::shared_ptr<const shape>> shapes = compiled_views();
    const nearside::buffer document = nearside::buffer::copy_of({reinterpret_cast<const char*>(data), size});

    json_reader reader;
    reader.open(document, depth_limit);
    const bool taken = reader.skip_value() && reader.at_clean_end();
    const auto fault = find_json_fault(document.view(), depth_limit);
    require(taken == !fault.has_value());
    simdjson::dom::parser dom;
    const simdjson::error_code verdict = dom.parse(document.data(), document.size(), false).error();
    if (taken) {
        require(verdict == simdjson::SUCCESS || only_simdjson_refuses(verdict));
    } else if (fault->code == nearside::errc::invalid_json) {
        require(verdict != simdjson::SUCCESS);
    }

    std::vector<step_value> values = {step_value::single(document), {}};
    step_value& list = values[1];
    list.list = true;
    const auto items = select_items(values[0], *parse_json_path("$[*]"), {}, {.depth = depth_limit, .values = 20});
    for (std::size_t item = 0; items && item < items->items.size(); ++item) {
        list.items.push_back(items->items[item].raw.data());
        list.which.push_back(item % 3 == 2 ? step_value::nothing : static_cast<std::uint32_t>(list.documents.size()));
        if (item % 3 != 2) list.documents.push_back(nearside::buffer::copy_of(items->items[item].raw));
    }
    for (const auto& shape : shapes) {
        const auto view = compose(*shape, values, {{"id", "1"}}, {.depth = depth_limit, .view_bytes = 1024 * 1024});
        require(taken || !view.has_value());
        if (view) require(!find_json_fault(view->to_string(), depth_limit + 10));
    }

    // Items that are recognised by the one before: whatever is taken for like it has been JSON there.
    const std::string once(document.view());
    const auto thrice = nearside::buffer::copy_of("[" + once + "," + once + "," + once + "]");
    const bool is_json = !find_json_fault(thrice.view(), depth_limit);
    values[0] = step_value::single(thrice);
    for (const auto& shape : shapes)
        require(is_json || !compose(*shape, values, {{"id", "1"}}, {.depth = depth_limit}).has_value());
    return 0;
}
