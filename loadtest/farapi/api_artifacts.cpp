// Artifacts of the REST surface: read one, rename it, say what it was derived from. Everybody sees them.
#include "loadtest/farapi/api.h"
#include "loadtest/farapi/api_replies.h"
#include "loadtest/farapi/json_text.h"

namespace nearside::farapi {

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
    std::string document;
    append_artifact(document, *data_.find_artifact(*id), data_.options().seed);
    return json_reply(200, std::move(document));
}

}  // namespace nearside::farapi
