#include "loadtest/farapi/fault_json.h"

#include "loadtest/farapi/json_text.h"

#include <boost/json/parse.hpp>
#include <boost/json/value_to.hpp>
#include <fmt/format.h>

#include <map>

namespace nearside::farapi {

namespace {

namespace json = boost::json;

error refused(std::string detail) {
    return {errc::bad_request, std::move(detail)};
}

constexpr std::string_view members =
    "kind, path, method, query, nth, count, delay_ms, stall_ms, status, at, items, retry_after, body, content_type, "
    "location";

// True when `name` is a member of that type and the value fits it.
bool read_text(fault& into, std::string_view name, const json::value& value) {
    const std::map<std::string_view, std::string*> texts{
        {"path", &into.path},         {"method", &into.method},
        {"query", &into.query},       {"retry_after", &into.retry_after},
        {"body", &into.body},         {"content_type", &into.content_type},
        {"location", &into.location},
    };
    const auto found = texts.find(name);
    if (found == texts.end() || !value.is_string()) return false;
    *found->second = std::string(value.as_string());
    return true;
}

bool read_number(fault& into, std::string_view name, const json::value& value) {
    if (!value.is_int64() || value.as_int64() < 0) return false;
    const auto number = static_cast<std::uint64_t>(value.as_int64());
    if (name == "nth") {
        into.nth = number;
    } else if (name == "count") {
        into.count = number;
    } else if (name == "at") {
        into.at = number;
    } else if (name == "items") {
        into.items = number;
    } else if (name == "status" && number >= 200 && number <= 599) {
        into.status = static_cast<int>(number);
    } else if (name == "delay_ms") {
        into.delay = std::chrono::milliseconds(number);
    } else if (name == "stall_ms") {
        into.stall = std::chrono::milliseconds(number);
    } else {
        return false;
    }
    return true;
}

result<fault> read_fault(const json::value& value) {
    if (!value.is_object()) return refused("a fault is a JSON object");
    fault found;
    bool kind_given = false, count_given = false, nth_given = false;
    for (const auto& member : value.as_object()) {
        const std::string_view name(member.key().data(), member.key().size());
        if (name == "kind" && member.value().is_string()) {
            const auto& text = member.value().as_string();
            const auto kind = fault_kind_named({text.data(), text.size()});
            if (!kind) return refused(fmt::format("kind is one of {}", fault_kind_names()));
            found.kind = *kind;
            kind_given = true;
            continue;
        }
        count_given = count_given || name == "count";
        nth_given = nth_given || name == "nth";
        if (!read_text(found, name, member.value()) && !read_number(found, name, member.value())) {
            return refused(fmt::format("`{}` is unknown or has a wrong type; members are {}", name, members));
        }
    }
    if (!kind_given) return refused(fmt::format("`kind` is missing: one of {}", fault_kind_names()));
    if (found.kind == fault_kind::status && found.status == 0) return refused("kind `status` needs `status`");
    if (nth_given && !count_given) found.count = 1;
    return found;
}

}  // namespace

result<std::vector<fault>> parse_faults(std::string_view text) {
    boost::system::error_code failure;
    const auto document = json::parse({text.data(), text.size()}, failure);
    if (failure) return refused("not JSON: " + failure.message());
    std::vector<fault> faults;
    if (!document.is_array()) {
        auto one = read_fault(document);
        if (!one) return one.error();
        faults.push_back(std::move(*one));
        return faults;
    }
    for (const auto& item : document.as_array()) {
        auto one = read_fault(item);
        if (!one) return one.error();
        faults.push_back(std::move(*one));
    }
    return faults;
}

std::string faults_document(const std::vector<fault>& faults) {
    std::string out = "[";
    for (const auto& one : faults) {
        if (out.size() > 1) out += ",";
        out += R"({"kind":)";
        append_json_string(out, to_string(one.kind));
        out += R"(,"path":)";
        append_json_string(out, one.path);
        out += fmt::format(R"(,"seen":{},"struck":{}}})", one.seen, one.struck);
    }
    return out + "]";
}

}  // namespace nearside::farapi
