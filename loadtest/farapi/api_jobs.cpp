// Jobs of the REST surface: list, read, create, rename, stop, and their metrics.
#include "loadtest/farapi/api.h"
#include "loadtest/farapi/api_replies.h"
#include "loadtest/farapi/json_text.h"
#include "loadtest/farapi/metrics.h"
#include "loadtest/farapi/mix.h"
#include "loadtest/farapi/page.h"

#include <fmt/format.h>

#include <algorithm>

namespace nearside::farapi {

namespace {

constexpr std::uint64_t worth_a_thread = 1024 * 1024;  // bytes of body

std::string document_of(const job& what) {
    std::string document;
    append_job(document, what);
    return document;
}

}  // namespace

reply api::jobs(const call& of) {
    const auto& method = of.asked.head.method;
    const bool read = method == "GET" || method == "HEAD";
    if (of.path.empty()) {
        if (read) return list_jobs(of);
        return method == "POST" ? create_job(of) : method_not_allowed_reply(method, "GET, POST, HEAD, OPTIONS");
    }
    const auto id = parse_whole(of.path[0]);
    const auto found = id ? data_.find_job(*id, of.now) : std::nullopt;
    if (!found || of.path.size() > 2 || !visible_project(of, found->project_id)) return not_found_reply();
    if (of.path.size() == 1) return one_job(of, *id);
    if (of.path[1] == "metrics") {
        return read ? metrics(of, *found) : method_not_allowed_reply(method, "GET, HEAD, OPTIONS");
    }
    if (of.path[1] != "stop") return not_found_reply();
    if (method != "POST") return method_not_allowed_reply(method, "POST, OPTIONS");
    if (!data_.stop_job(*id, of.now)) return json_reply(409, detail_document("This job has ended."));
    return json_reply(200, document_of(*data_.find_job(*id, of.now)));
}

reply api::one_job(const call& of, record_id id) {
    const auto& method = of.asked.head.method;
    if (method == "PATCH") {
        reply refusal;
        auto name = read_string(of.asked.body, "name", refusal);
        if (!name) return refusal;
        data_.rename_job(id, std::move(*name));
    } else if (method != "GET" && method != "HEAD") {
        return method_not_allowed_reply(method, "GET, PATCH, HEAD, OPTIONS");
    }
    return json_reply(200, document_of(*data_.find_job(id, of.now)));
}

reply api::create_job(const call& of) {
    reply refusal;
    const auto project_id = read_id(of.asked.body, "project", refusal);
    if (!project_id) return refusal;
    auto name = read_string(of.asked.body, "name", refusal);
    if (!name) return refusal;
    if (!visible_project(of, *project_id)) {
        const auto complaint = fmt::format("Invalid pk \"{}\" - object does not exist.", *project_id);
        return json_reply(400, field_document("project", complaint));
    }
    const auto id = data_.create_job(*project_id, std::move(*name), of.now);
    auto answer = json_reply(201, document_of(*data_.find_job(id, of.now)));
    answer.fields.append("Location", own_url(of) + std::to_string(id) + "/");
    return answer;
}

reply api::metrics(const call& of, const job& what) const {
    std::uint64_t points = default_points;
    if (const auto asked = of.query.find("points"); asked != of.query.end()) {
        const auto wanted = parse_whole(asked->second);
        if (!wanted) return json_reply(400, field_document("points", "A valid integer is required."));
        points = std::min<std::uint64_t>(*wanted, max_points);
    }
    const auto seed = data_.options().seed;
    const auto make = [seed, what, count = static_cast<std::uint32_t>(points)] {
        return metrics_document(seed, what, count);
    };
    if (metrics_bytes(static_cast<std::uint32_t>(points)) < worth_a_thread) return json_reply(200, make());
    auto answer = json_reply(200, {});
    // Everything that the document depends on, so that a 304 costs no body.
    answer.etag = fmt::format("{:016x}", mix(mix(seed, what.id), points, what.progress_percent));
    answer.large = make;
    return answer;
}

reply api::list_jobs(const call& of) const {
    std::vector<record_id> projects;
    if (const auto asked = of.query.find("project"); asked != of.query.end() && !asked->second.empty()) {
        const auto id = parse_whole(asked->second);
        if (!id) return json_reply(400, field_document("project", "Enter a number."));
        if (visible_project(of, *id)) projects.push_back(*id);
    } else {
        projects = data_.visible_projects(of.who, std::nullopt);
    }
    std::uint64_t count = 0;
    for (auto id : projects)
        count += data_.count_jobs(id);
    const auto page = read_page(of.query, count);
    if (!page) return json_reply(404, detail_document("Invalid page."));
    return json_reply(200, page_document(*page, count, own_url(of), of.query, [&](std::string& out) {
                          std::uint64_t skip = page->offset(), left = page->size;
                          const std::size_t start = out.size();
                          for (auto project_id : projects) {
                              for (auto id : data_.list_jobs(project_id, skip, left)) {
                                  if (out.size() != start) out += ",";
                                  append_job(out, *data_.find_job(id, of.now));
                                  --left;
                              }
                              skip -= std::min(skip, data_.count_jobs(project_id));
                              if (left == 0) break;
                          }
                      }));
}

}  // namespace nearside::farapi
