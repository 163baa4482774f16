#include "proxy/cli_tell.h"

#include "proxy/cli_table.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <utility>

namespace nearside::proxy {

namespace {

namespace json = boost::json;

// What is not an object is one without members.
json::object object_of(std::string_view text) {
    boost::system::error_code failed;
    const json::value read = json::parse(json::string_view(text.data(), text.size()), failed);
    if (failed || !read.is_object()) return {};
    return read.get_object();
}

std::string text_of(const json::object& of, std::string_view name) {
    const json::value* const found = of.if_contains(json::string_view(name.data(), name.size()));
    if (found == nullptr) return "-";
    if (const auto* const text = found->if_string()) return shown(std::string_view(text->data(), text->size()));
    return shown(json::serialize(*found));
}

std::int64_t number_of(const json::object& of, std::string_view name) {
    const json::value* const found = of.if_contains(json::string_view(name.data(), name.size()));
    if (found == nullptr) return 0;
    boost::system::error_code failed;
    const auto number = found->to_number<std::int64_t>(failed);
    return failed ? 0 : number;
}

std::string span_of(const json::object& of, std::string_view name) {
    if (!of.contains(json::string_view(name.data(), name.size()))) return "-";
    return shown(milliseconds{number_of(of, name)});
}

std::string joined_members(const json::object& of, std::string_view name, std::string_view between) {
    const json::value* const found = of.if_contains(json::string_view(name.data(), name.size()));
    if (found == nullptr || !found->is_array()) return {};
    std::string out;
    for (const json::value& each : found->get_array()) {
        if (!each.is_string()) continue;
        if (!out.empty()) out += between;
        out += shown(std::string_view(each.get_string().data(), each.get_string().size()));
    }
    return out;
}

std::string or_dash(std::string text) {
    return text.empty() ? std::string("-") : text;
}

}  // namespace

std::string tell_entries(std::string_view text) {
    const json::object page = object_of(text);
    table all{
        .columns = {{"STATE"}, {"AGE", true}, {"FRESH", true}, {"STALE", true}, {"SIZE", true}, {"TAGS"}, {"KEY"}},
        .rows = {}};
    const json::value* const entries = page.if_contains("entries");
    if (entries == nullptr || !entries->is_array()) return {};
    for (const json::value& each : entries->get_array()) {
        if (!each.is_object()) continue;
        const json::object& entry = each.get_object();
        all.rows.push_back({text_of(entry, "state"), span_of(entry, "age_ms"), span_of(entry, "fresh_ms"),
                            span_of(entry, "stale_ms"),
                            shown_bytes(static_cast<std::uint64_t>(number_of(entry, "bytes"))),
                            or_dash(joined_members(entry, "tags", ",")), text_of(entry, "key")});
    }
    return all.to_string();
}

std::string tell_entry(std::string_view text) {
    std::string out;
    constexpr std::size_t widest = 20;
    for (const json::key_value_pair& each : object_of(text)) {
        std::string name(each.key());
        const bool is_span = name.ends_with("_ms");
        std::string value = text_of(json::object{{each.key(), each.value()}}, name);
        if (is_span) value = shown(milliseconds{each.value().to_number<std::int64_t>()});
        if (name == "bytes" || name == "memory")
            value = shown_bytes(static_cast<std::uint64_t>(each.value().to_number<std::int64_t>()));
        if (each.value().is_array())
            value = or_dash(joined_members(json::object{{each.key(), each.value()}}, name, ", "));
        if (is_span) name.resize(name.size() - 3);
        for (char& letter : name)
            letter = letter == '_' ? ' ' : letter;
        name.resize(std::max(name.size(), widest), ' ');
        out.append(name).append(value).append("\n");
    }
    return out;
}

std::string tell_invalidation(std::string_view text) {
    const json::object answer = object_of(text);
    table all{.columns = {{"MODE"}, {"NAMED", true}, {"KEYS STORED", true}, {"NODES", true}, {"CONFIRMED", true}},
              .rows = {}};
    std::size_t named = 0;
    for (const char* list : {"tags", "keys", "views", "paths"}) {
        const json::value* const found = answer.if_contains(list);
        if (found != nullptr && found->is_array()) named += found->get_array().size();
    }
    all.rows.push_back({text_of(answer, "mode"), std::to_string(named), text_of(answer, "keys_stored"),
                        text_of(answer, "nodes"), text_of(answer, "confirmed")});
    std::string out = all.to_string();
    if (answer.contains("trouble")) out.append("not everywhere: ").append(text_of(answer, "trouble")).append("\n");
    return out;
}

std::string tell_reload(std::string_view text) {
    const json::object answer = object_of(text);
    std::string out = "reloaded\n";
    const std::string later = joined_members(answer, "needs_restart", ", ");
    if (!later.empty()) out.append("needs a restart: ").append(later).append("\n");
    return out;
}

std::string tell_problem(int status, std::string_view content) {
    const json::object problem = object_of(content);
    std::string complaints = joined_members(problem, "complaints", "\n");
    if (!complaints.empty()) return complaints;
    const std::string told =
        std::to_string(status) + (problem.contains("title") ? " " + text_of(problem, "title") : "");
    return problem.contains("detail") ? told + ": " + text_of(problem, "detail") : told;
}

}  // namespace nearside::proxy
