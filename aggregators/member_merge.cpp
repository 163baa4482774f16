#include "aggregators/member_merge.h"

#include "aggregators/json_text.h"

#include <deque>
#include <set>
#include <string_view>
#include <unordered_map>
#include <utility>
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

// The name of a member as a text; what is no text (half a surrogate pair) is only what is written the same.
class name_reader {
public:
    std::string_view operator()(const found_member& member) {
        const std::string_view name = raw_name(member);
        if (name.find('\\') == std::string_view::npos) return name.substr(1, name.size() - 2);
        std::string& text = decoded_.emplace_back();
        return decode_json_string(name, text) ? std::string_view(text) : name;
    }

private:
    std::deque<std::string> decoded_;
};

// The names that members of an object were given.
class given_names {
public:
    given_names(std::span<const found_member> members, name_reader& name_of) {
        for (const found_member& member : members)
            if (member.new_name != nullptr) given_.emplace(member.object, name_of(member));
    }

    bool take_the_place_of(const found_member& member, std::string_view name) const {
        return !given_.empty() && member.new_name == nullptr && given_.contains({member.object, name});
    }

private:
    std::set<std::pair<std::uint32_t, std::string_view>> given_;
};

void write(const found_member& member, bool first, rope& out) {
    if (!first) out.append(',');
    if (member.new_name != nullptr) out.append(*member.new_name);
    out.append(*member.document, member.begin, member.end);
}

}  // namespace

std::size_t write_renamed(std::span<const found_member> members, rope& out) {
    name_reader name_of;
    const given_names given(members, name_of);
    std::size_t written = 0;
    for (const found_member& member : members) {
        if (given.take_the_place_of(member, name_of(member))) continue;
        write(member, written++ == 0, out);
    }
    return written;
}

std::size_t write_merged(std::span<const std::span<const found_member>> parts, rope& out) {
    name_reader name_of;
    std::unordered_map<std::string_view, std::size_t> places;
    std::vector<const found_member*> chosen;
    for (const std::span<const found_member> members : parts) {
        const given_names given(members, name_of);
        for (const found_member& member : members) {
            const std::string_view name = name_of(member);
            if (given.take_the_place_of(member, name)) continue;
            const auto [at, fresh] = places.try_emplace(name, chosen.size());
            if (fresh) {
                chosen.push_back(&member);
            } else {
                chosen[at->second] = &member;
            }
        }
    }
    for (const found_member*& member : chosen)
        write(*member, &member == chosen.data(), out);
    return chosen.size();
}

}  // namespace nearside::aggregators
