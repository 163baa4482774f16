#include "config/complain.h"

#include <algorithm>
#include <tuple>

namespace nearside::config {

namespace {

// Longer lists of names are no help to a reader.
constexpr std::size_t names_listed = 16;
constexpr std::size_t quoted_bytes = 160;

bool is_continuation(char byte) noexcept {
    return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

}  // namespace

std::string suggest_name(std::string_view name, const std::vector<std::string_view>& known) {
    if (known.empty()) return "nothing can be named here";
    if (const std::string_view near = nearest_name(name, known); !near.empty()) {
        return "did you mean " + quote(near) + "?";
    }
    std::string list = "known here: ";
    for (std::size_t at = 0; at < std::min(known.size(), names_listed); ++at) {
        if (at > 0) list += ", ";
        list += quote(known[at]);
    }
    if (known.size() > names_listed) list += " and " + std::to_string(known.size() - names_listed) + " more";
    return list;
}

void complain_unknown_keys(const node& mapping, const std::vector<std::string_view>& known, std::string_view where,
                           complaint_list& out) {
    for (const auto& [key, value] : mapping.members) {
        if (std::find(known.begin(), known.end(), key.text) != known.end()) continue;
        out.push_back(
            {key.at, "unknown key " + quote(key.text) + " in " + std::string(where), suggest_name(key.text, known)});
    }
}

void sort_complaints(complaint_list& all) {
    const auto order = [](const complaint& of) { return std::tie(of.at, of.what, of.mend); };
    std::sort(all.begin(), all.end(),
              [&](const complaint& left, const complaint& right) { return order(left) < order(right); });
    const auto same = [&](const complaint& left, const complaint& right) { return order(left) == order(right); };
    all.erase(std::unique(all.begin(), all.end(), same), all.end());
}

std::string_view kind_name(const node& of) noexcept {
    switch (of.is) {
        case node::kind::null:
            return "nothing";
        case node::kind::scalar:
            return "a single value";
        case node::kind::sequence:
            return "a list";
        case node::kind::mapping:
            return "a mapping";
    }
    return "nothing";
}

std::string quote(std::string_view text) {
    const bool cut = text.size() > quoted_bytes;
    if (cut) {
        std::size_t end = quoted_bytes;
        while (end > 0 && is_continuation(text[end]))
            --end;
        text = text.substr(0, end);
    }
    std::string shown = "`";
    for (const char letter : text) {
        const auto code = static_cast<unsigned char>(letter);
        shown += code < 0x20 || code == 0x7F ? '?' : letter;
    }
    return shown + (cut ? "...`" : "`");
}

}  // namespace nearside::config
