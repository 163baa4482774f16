#include "loadtest/farapi/reply_fault.h"

#include "loadtest/farapi/json_text.h"

namespace nearside::farapi {

namespace {

void make_body(reply& answer) {
    if (answer.large) answer.body = answer.large();
    answer.large = nullptr;
    answer.etag.clear();
}

void replace_body(reply& answer, std::string body) {
    answer.large = nullptr;
    answer.etag.clear();
    answer.body = std::move(body);
}

std::string array_of(std::uint64_t items) {
    std::string out = R"({"count":)";
    append_number(out, items);
    out += R"(,"next":null,"previous":null,"results":[)";
    for (std::uint64_t at = 0; at < items; ++at) {
        out += at == 0 ? R"({"id":)" : R"(,{"id":)";
        append_number(out, at);
        out += "}";
    }
    return out + "]}";
}

}  // namespace

void bend_reply(reply& answer, const fault& how) {
    switch (how.kind) {
        case fault_kind::status:
            answer.status = how.status;
            replace_body(answer, how.body.empty() ? detail_document("A fault on purpose.") : how.body);
            if (!how.retry_after.empty()) answer.fields.set("Retry-After", how.retry_after);
            break;
        case fault_kind::body:
            replace_body(answer, how.body);
            break;
        case fault_kind::malformed_json:
            make_body(answer);
            answer.body.resize(answer.body.size() / 2);
            break;
        case fault_kind::huge_array:
            replace_body(answer, array_of(how.items));
            break;
        case fault_kind::no_content:
            answer.status = 204;
            replace_body(answer, {});
            answer.fields.erase("Content-Type");
            break;
        case fault_kind::redirect:
            answer.status = how.status == 0 ? 302 : how.status;
            replace_body(answer, {});
            answer.fields.set("Location", how.location);
            break;
        case fault_kind::bad_coding:
            make_body(answer);
            answer.fields.set("Content-Encoding", "gzip");
            break;
        default:
            break;
    }
    if (!how.content_type.empty()) answer.fields.set("Content-Type", how.content_type);
}

}  // namespace nearside::farapi
