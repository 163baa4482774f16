#include "loadtest/farapi/reply.h"

#include "loadtest/farapi/gzip.h"
#include "loadtest/farapi/mix.h"

#include <fmt/format.h>

namespace nearside::farapi {

namespace {

constexpr std::size_t smallest_compressed = 200;  // Django's GZipMiddleware draws the line there

bool accepts_gzip(const header_fields& fields) {
    bool accepted = false;
    for_each_member(fields.combined("Accept-Encoding"), [&](std::string_view member) {
        const auto coding = member.substr(0, member.find_first_of("; \t"));
        const bool refused =
            member.find("q=0") != std::string_view::npos && member.find("q=0.") == std::string_view::npos;
        if ((iequals(coding, "gzip") || coding == "*") && !refused) accepted = true;
    });
    return accepted;
}

bool matches(std::string_view if_none_match, std::string_view etag) {
    bool found = false;
    for_each_member(if_none_match, [&](std::string_view member) {
        if (member.starts_with("W/")) member.remove_prefix(2);
        if (member == "*" || member == etag) found = true;
    });
    return found;
}

}  // namespace

bool finish_reply(reply& answer, const request_head& asked, const reply_options& options) {
    const bool get = asked.method == "GET" || asked.method == "HEAD";
    const bool document = get && answer.status == 200;
    if (!options.cache_control.empty() && document) answer.fields.set("Cache-Control", options.cache_control);
    std::string vary = options.vary;
    if (options.gzip) vary += vary.empty() ? "Accept-Encoding" : ", Accept-Encoding";
    if (!vary.empty()) answer.fields.set("Vary", vary);
    const bool compress = options.gzip && accepts_gzip(asked.fields);

    if (document) {
        // A coding is another representation, hence another strong ETag (RFC 9110 8.8.3).
        std::string etag = answer.etag;
        if (etag.empty()) {
            etag = fmt::format("{:016x}", fingerprint(answer.body, 1));
        }
        const bool large = answer.large || answer.body.size() >= smallest_compressed;
        etag = fmt::format("\"{}{}\"", etag, compress && large ? "-gz" : "");
        answer.fields.set("ETag", etag);
        const auto condition = asked.fields.combined("If-None-Match");
        if (!condition.empty() && matches(condition, etag)) {
            answer.status = 304;
            answer.body.clear();
            answer.large = nullptr;
            answer.fields.erase("Content-Type");
            return true;
        }
    }
    if (answer.large) {
        answer.body = answer.large();
        answer.large = nullptr;
    }
    if (compress && answer.body.size() >= smallest_compressed) {
        answer.body = gzip_compress(answer.body);
        answer.fields.set("Content-Encoding", "gzip");
    }
    return false;
}

}  // namespace nearside::farapi
