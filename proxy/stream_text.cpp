#include "proxy/stream_text.h"

#include "core/json_string.h"

#include <algorithm>
#include <utility>

namespace nearside::proxy {

namespace {

// Line breaks of JSON stand between its tokens only (RFC 8259 2 and 7), where nothing needs them: within a line of an
// event they would end it.
void append_without(char unwanted, std::string& out, std::string_view json) {
    while (!json.empty()) {
        const auto end = json.find(unwanted);
        out.append(json.substr(0, end));
        if (end == std::string_view::npos) return;
        json.remove_prefix(end + 1);
    }
}

void append_on_one_line(std::string& out, std::string_view json) {
    // Each search by itself is a memchr(); a line break of two characters is rare.
    const std::size_t before = out.size();
    append_without('\n', out, json);
    if (json.find('\r') == std::string_view::npos) return;
    const auto carriage_return = std::remove(out.begin() + static_cast<std::ptrdiff_t>(before), out.end(), '\r');
    out.erase(carriage_return, out.end());
}

std::string tagged(std::string_view name, std::string_view etag) {
    std::string text = "\"";
    text.append(name).append("\":");
    append_json_string(text, etag);
    return text;
}

event_tail one_for_all(std::string text) {
    return std::make_shared<const std::string>(std::move(text));
}

}  // namespace

event_tail snapshot_tail(std::string_view etag, const body& data) {
    std::string text;
    text.reserve(data.size() + etag.size() + 32);
    text.append(tagged("etag", etag)).append(",\"data\":");
    for (const slice& each : data.slices())
        append_on_one_line(text, each.bytes);
    text += '}';
    return one_for_all(std::move(text));
}

event_tail changed_tail(std::string_view etag) {
    return one_for_all(tagged("etag", etag) + "}");
}

event_tail patch_tail(std::string_view base, std::string_view etag, std::string_view ops) {
    std::string text = tagged("base", base) + "," + tagged("etag", etag) + ",\"ops\":";
    append_on_one_line(text, ops);
    text += '}';
    return one_for_all(std::move(text));
}

event_tail problem_tail(std::string_view document) {
    std::string text;
    append_on_one_line(text, document.substr(document.find('{') + 1));
    // The event has a member of that name already. Quotes within a string are escaped.
    constexpr std::string_view name_of_view = ",\"view\":\"";
    if (const auto at = text.find(name_of_view); at != std::string::npos)
        text.erase(at, text.find('"', at + name_of_view.size()) + 1 - at);
    return one_for_all(std::move(text));
}

void append_event_start(std::string& out, std::string_view name, std::string_view id, std::string_view view) {
    out.append("event: ").append(name).append("\n");
    if (!id.empty()) out.append("id: ").append(id).append("\n");
    out.append("data: {\"view\":").append(view).append(",");
}

void append_retry(std::string& out, milliseconds wait) {
    out.append("retry: ").append(std::to_string(wait.count())).append("\n\n");
}

}  // namespace nearside::proxy
