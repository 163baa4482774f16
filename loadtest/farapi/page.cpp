#include "loadtest/farapi/page.h"

#include "loadtest/farapi/json_text.h"

#include <algorithm>

namespace nearside::farapi {

namespace {

std::uint64_t last_page(std::uint64_t count, std::uint64_t size) {
    return std::max<std::uint64_t>(1, (count + size - 1) / size);
}

void append_link(std::string& out, std::string_view base, query_parameters query, std::uint64_t number) {
    query.erase("page");
    if (number > 1) query["page"] = std::to_string(number);  // DRF leaves page=1 out
    const auto text = write_query(query);
    append_json_string(out, std::string(base) + (text.empty() ? "" : "?") + text);
}

}  // namespace

std::optional<page_request> read_page(const query_parameters& query, std::uint64_t count) {
    page_request page;
    if (const auto size = query.find("page_size"); size != query.end()) {
        const auto wanted = parse_whole(size->second);
        if (wanted && *wanted > 0) page.size = std::min(*wanted, max_page_size);
    }
    const auto last = last_page(count, page.size);
    if (const auto number = query.find("page"); number != query.end()) {
        const auto wanted = number->second == "last" ? last : parse_whole(number->second).value_or(0);
        if (wanted == 0 || wanted > last) return std::nullopt;
        page.number = wanted;
    }
    return page;
}

std::string page_document(const page_request& page, std::uint64_t count, std::string_view base,
                          const query_parameters& query, const std::function<void(std::string&)>& append_results) {
    std::string out = R"({"count":)";
    append_number(out, count);
    out += R"(,"next":)";
    if (page.number < last_page(count, page.size)) {
        append_link(out, base, query, page.number + 1);
    } else {
        out += "null";
    }
    out += R"(,"previous":)";
    if (page.number > 1) {
        append_link(out, base, query, page.number - 1);
    } else {
        out += "null";
    }
    out += R"(,"results":[)";
    append_results(out);
    return out + "]}";
}

}  // namespace nearside::farapi
