#include "loadtest/farapi/api_replies.h"

#include "loadtest/farapi/json_text.h"

#include <boost/json/parse.hpp>
#include <fmt/format.h>

namespace nearside::farapi {

namespace {

std::optional<boost::json::value> read_member(std::string_view body, std::string_view name, reply& refusal) {
    boost::system::error_code failure;
    const auto document = boost::json::parse({body.data(), body.size()}, failure);
    if (failure || !document.is_object()) {
        refusal = json_reply(400, detail_document("JSON parse error - " + failure.message()));
        return std::nullopt;
    }
    const auto* member = document.as_object().if_contains({name.data(), name.size()});
    if (member == nullptr) {
        refusal = json_reply(400, field_document(name, "This field is required."));
        return std::nullopt;
    }
    return *member;
}

}  // namespace

reply json_reply(int status, std::string document) {
    reply answer;
    answer.status = status;
    answer.fields.append("Content-Type", "application/json");
    answer.body = std::move(document);
    return answer;
}

reply not_found_reply() {
    return json_reply(404, detail_document("Not found."));
}

reply method_not_allowed_reply(std::string_view method, std::string_view allowed) {
    auto answer = json_reply(405, detail_document(fmt::format("Method \"{}\" not allowed.", method)));
    answer.fields.append("Allow", allowed);
    return answer;
}

std::optional<std::string> read_string(std::string_view body, std::string_view name, reply& refusal) {
    const auto member = read_member(body, name, refusal);
    if (!member) return std::nullopt;
    if (!member->is_string() || member->as_string().empty()) {
        refusal = json_reply(400, field_document(name, "Not a valid string."));
        return std::nullopt;
    }
    return std::string(member->as_string());
}

std::optional<std::uint64_t> read_id(std::string_view body, std::string_view name, reply& refusal) {
    const auto member = read_member(body, name, refusal);
    if (!member) return std::nullopt;
    if (!member->is_int64() || member->as_int64() < 0) {
        refusal = json_reply(400, field_document(name, "Incorrect type. Expected pk value."));
        return std::nullopt;
    }
    return static_cast<std::uint64_t>(member->as_int64());
}

}  // namespace nearside::farapi
