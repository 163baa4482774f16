#include "aggregators/member_merge.h"

#include "aggregators/json_text.h"

#include <deque>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace nearside::aggregators {
namespace {

// Quotes included.
std::string_view raw_name(const found_member& member) {
    if (member.new_name != nullptr) return std::string_view(*member.new_name).substr(0, member.new_name->size() - 1);
    const std::string_view text = member.document->view().substr(member.begin, member.end - member.begin);
    std::size_t end = 1;
    while (text[end] != '"')
        end += text[end] == '\\' ? 2 : 1;
    return text.substr(0, end + 1);
}

}  // namespace

std::size_t write_merged(std::span<const std::span<const found_member>> objects, rope& out) {
    std::deque<std::string> decoded;
    std::unordered_map<std::string_view, std::size_t> places;
    std::vector<const found_member*> chosen;
    for (const std::span<const found_member> members : objects) {
        for (const found_member& member : members) {
            std::string_view name = raw_name(member);
            if (name.find('\\') != std::string_view::npos) {
                std::string& text = decoded.emplace_back();
                // What is no text (half a surrogate pair) is only what is written the same.
                if (decode_json_string(name, text)) {
                    name = text;
                }
            } else {
                name = name.substr(1, name.size() - 2);
            }
            const auto [at, fresh] = places.try_emplace(name, chosen.size());
            if (fresh) {
                chosen.push_back(&member);
            } else {
                chosen[at->second] = &member;
            }
        }
    }
    bool first = true;
    for (const found_member* member : chosen) {
        if (!first) out.append(',');
        first = false;
        if (member->new_name != nullptr) out.append(*member->new_name);
        out.append(*member->document, member->begin, member->end);
    }
    return chosen.size();
}

}  // namespace nearside::aggregators
