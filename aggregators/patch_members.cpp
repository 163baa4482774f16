#include "aggregators/patch_members.h"

#include "aggregators/json_text.h"
#include "core/ascii.h"

#include <algorithm>
#include <functional>

namespace nearside::aggregators {
namespace {

// Of so few, each is compared with each.
constexpr std::size_t few_members = 16;

std::string_view inside_quotes(std::string_view raw) {
    return raw.substr(1, raw.size() - 2);
}

bool has_name(std::string_view raw, std::string_view name) {
    if (raw.find('\\') == std::string_view::npos) return inside_quotes(raw) == name;
    std::string text;
    return decode_json_string(raw, text) && text == name;
}

}  // namespace

bool list_members(const json_tape& tape, json_tape::place object, decoded_names& names,
                  std::vector<named_value>& members) {
    json_tape::place at = json_tape::first_child(object);
    members.reserve(tape.child_count(object) / 2);
    for (std::uint32_t left = tape.child_count(object); left != 0; left -= 2) {
        const std::string_view raw = tape.bytes(at);
        named_value member{inside_quotes(raw), at + 1};
        if (raw.find('\\') != std::string_view::npos) {
            if (!decode_json_string(raw, names.emplace_back())) return false;
            member.name = names.back();
        }
        members.push_back(member);
        at = tape.behind(at + 1);
    }
    return true;
}

bool has_duplicates(const std::vector<named_value>& members) {
    if (members.size() <= few_members) {
        for (std::size_t one = 1; one < members.size(); ++one) {
            for (std::size_t other = 0; other < one; ++other) {
                if (members[one].name == members[other].name) return true;
            }
        }
        return false;
    }
    std::vector<std::string_view> names;
    names.reserve(members.size());
    for (const named_value& member : members)
        names.push_back(member.name);
    std::ranges::sort(names);
    return std::ranges::adjacent_find(names) != names.end();
}

std::string_view scalar_member(const json_tape& tape, json_tape::place value, std::string_view name) {
    if (tape.kind(value) != '{') return {};
    json_tape::place at = json_tape::first_child(value);
    for (std::uint32_t left = tape.child_count(value); left != 0; left -= 2) {
        if (has_name(tape.bytes(at), name)) {
            const char kind = tape.kind(at + 1);
            const bool identifies = kind == '"' || kind == '-' || is_digit(kind);
            return identifies ? tape.bytes(at + 1) : std::string_view{};
        }
        at = tape.behind(at + 1);
    }
    return {};
}

}  // namespace nearside::aggregators
