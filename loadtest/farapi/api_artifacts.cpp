// Artifacts of the REST surface: read one, rename it, say what it was derived from. Everybody sees them.
#include "loadtest/farapi/api.h"
#include "loadtest/farapi/api_replies.h"
#include "loadtest/farapi/json_text.h"

namespace nearside::farapi {

namespace {

constexpr std::uint64_t default_files = 40, most_files = 100'000;

}  // namespace

reply api::artifacts(const call& of) {
    const auto& method = of.asked.head.method;
    const bool read = method == "GET" || method == "HEAD";
    const auto id = of.path.size() == 1 ? parse_whole(of.path[0]) : std::nullopt;
    if (!id || !data_.find_artifact(*id)) return not_found_reply();
    if (!read && method != "PATCH") return method_not_allowed_reply(method, "GET, PATCH, HEAD, OPTIONS");
    if (method == "PATCH") {
        reply refusal;
        if (const auto from = read_id(of.asked.body, "derived_from", refusal)) {
            data_.derive_artifact(*id, *from);
        } else {
            auto name = read_string(of.asked.body, "name", refusal);
            if (!name) return refusal;
            data_.rename_artifact(*id, std::move(*name));
        }
    }
    std::uint64_t files = default_files;
    if (const auto asked = of.query.find("files"); asked != of.query.end()) {
        const auto wanted = parse_whole(asked->second);
        if (!wanted || *wanted > most_files) return json_reply(400, field_document("files", "Out of range."));
        files = *wanted;
    }
    std::string document;
    append_artifact(document, *data_.find_artifact(*id), files, data_.options().seed);
    return json_reply(200, std::move(document));
}

}  // namespace nearside::farapi
