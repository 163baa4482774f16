// Projects of the REST surface: list, read, rename.
#include "loadtest/farapi/api.h"
#include "loadtest/farapi/api_replies.h"
#include "loadtest/farapi/json_text.h"
#include "loadtest/farapi/page.h"

#include <algorithm>

namespace nearside::farapi {

reply api::projects(const call& of) {
    const auto& method = of.asked.head.method;
    const bool read = method == "GET" || method == "HEAD";
    if (of.path.empty()) return read ? list_projects(of) : method_not_allowed_reply(method, "GET, HEAD, OPTIONS");
    const auto id = parse_whole(of.path[0]);
    if (!id || of.path.size() > 1 || !visible_project(of, *id)) return not_found_reply();
    if (!read && method != "PATCH") return method_not_allowed_reply(method, "GET, PATCH, HEAD, OPTIONS");
    if (method == "PATCH") {
        reply refusal;
        auto name = read_string(of.asked.body, "name", refusal);
        if (!name) return refusal;
        data_.rename_project(*id, std::move(*name));
    }
    std::string document;
    append_project(document, *data_.find_project(*id), data_.count_jobs(*id));
    return json_reply(200, std::move(document));
}

reply api::list_projects(const call& of) const {
    std::optional<record_id> owner;
    if (const auto asked = of.query.find("owner"); asked != of.query.end() && !asked->second.empty()) {
        owner = parse_whole(asked->second);
        if (!owner) return json_reply(400, field_document("owner", "Enter a number."));
    }
    const auto ids = data_.visible_projects(of.who, owner);
    const auto page = read_page(of.query, ids.size());
    if (!page) return json_reply(404, detail_document("Invalid page."));
    return json_reply(200, page_document(*page, ids.size(), own_url(of), of.query, [&](std::string& out) {
                          for (auto at = page->offset();
                               at < std::min<std::uint64_t>(ids.size(), page->offset() + page->size); ++at) {
                              if (at != page->offset()) out += ",";
                              append_project(out, *data_.find_project(ids[at]), data_.count_jobs(ids[at]));
                          }
                      }));
}

}  // namespace nearside::farapi
