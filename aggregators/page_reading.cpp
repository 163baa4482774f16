#include "aggregators/page_reading.h"

#include "aggregators/json_grammar.h"
#include "aggregators/select.h"

#include <charconv>
#include <utility>
#include <vector>

namespace nearside::aggregators {
namespace {

std::string_view between_brackets(std::string_view array) noexcept {
    array = array.substr(1, array.size() - 2);
    while (!array.empty() && is_json_space(array.front()))
        array.remove_prefix(1);
    while (!array.empty() && is_json_space(array.back()))
        array.remove_suffix(1);
    return array;
}

std::optional<std::uint64_t> whole_number(const json_value& value) {
    std::uint64_t number = 0;
    const char* const begin = value.raw.data();
    const char* const end = begin + value.raw.size();
    const auto read = std::from_chars(begin, end, number);
    if (value.kind != json_kind::number || read.ec != std::errc{} || read.ptr != end) return std::nullopt;
    return number;
}

}  // namespace

result<page_found> read_page(const page_paths& paths, const buffer& document, std::uint32_t json_depth) {
    std::vector<json_path> asked{paths.items, paths.items, paths.next};
    asked[1].selectors.emplace_back(wildcard_selector{});
    if (paths.count) asked.push_back(*paths.count);
    const auto selected = select(step_value::single(document), asked, {json_depth});
    if (!selected) return selected.error();

    page_found found;
    const json_value& items = (*selected)[0].front();
    if (items.kind == json_kind::array) {
        found.items = between_brackets(items.raw);
        found.item_count = (*selected)[1].size();
    } else if (items.kind != json_kind::null) {
        return error{errc::wrong_type, "`pages`: '" + paths.items.to_string() +
                                           "' needs a list, and the upstream sent " +
                                           std::string(to_string(items.kind))};
    }
    const json_value& next = (*selected)[2].front();
    if (next.kind == json_kind::string) {
        auto text = decode_string(next.raw);
        if (!text) return text.error();
        if (!text->empty()) found.next = *std::move(text);
    } else if (!next.missing_or_null() && next.raw != "false") {
        return error{errc::wrong_type, "`pages`: '" + paths.next.to_string() + "' needs a URL, and the upstream sent " +
                                           std::string(to_string(next.kind))};
    }
    if (paths.count) found.count = whole_number((*selected)[3].front());
    return found;
}

}  // namespace nearside::aggregators
