#include "aggregators/shape_words.h"

#include "aggregators/json_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <span>

namespace nearside::aggregators {
namespace {

using config::node;
using complaints_t = std::vector<config::complaint>;

constexpr std::string_view known_words[] = {"from",  "each",  "as",   "pick",   "omit",  "rename",  "with", "literal",
                                            "first", "count", "sort", "offset", "limit", "flatten", "merge"};
// With one of these, a mapping is a shape.
constexpr std::string_view telling_words[] = {"from", "each", "literal", "with", "pick", "omit", "rename", "merge"};

constexpr std::string_view of_item[] = {"as", "pick", "omit", "rename", "with", "sort", "offset", "limit"};
constexpr std::string_view of_first[] = {"as", "pick", "omit", "rename", "with", "sort", "offset"};
constexpr std::string_view of_object[] = {"pick", "omit", "rename", "with"};

struct head_rule {
    std::string_view word;
    shape_head head;
    std::span<const std::string_view> beside;
};
constexpr head_rule heads[] = {
    {"literal", shape_head::literal, {}},      {"each", shape_head::each, of_item},
    {"flatten", shape_head::flatten, of_item}, {"first", shape_head::first, of_first},
    {"count", shape_head::count, {}},          {"merge", shape_head::merge, of_object},
    {"from", shape_head::from, of_item},
};

bool contains(std::span<const std::string_view> names, std::string_view name) {
    return std::ranges::find(names, name) != names.end();
}

void complain(complaints_t& complaints, const node& at, std::string what, std::string mend) {
    complaints.push_back({at.at, std::move(what), std::move(mend)});
}

// `{first: "jobs[*]"}` is a shape, `{count: 5, next: ..}` an object: these words are shapes only among their own.
bool is_lone_shape(const node& mapping) {
    const head_rule* found = nullptr;
    for (const head_rule& rule : heads) {
        if (mapping.find(rule.word) == nullptr) continue;
        if (found != nullptr) return false;
        found = &rule;
    }
    if (found == nullptr) return false;
    const node& of = *mapping.find(found->word);
    if (of.is != node::kind::scalar || is_bare_literal(of)) return false;
    return std::ranges::all_of(mapping.members, [&](const auto& member) {
        return member.key.text == found->word || contains(found->beside, member.key.text);
    });
}

bool complain_of_unknown(const node& mapping, complaints_t& complaints) {
    const std::size_t before = complaints.size();
    for (const auto& [key, ignored] : mapping.members) {
        if (contains(known_words, key.text)) continue;
        if (key.text == "jq") {
            complain(complaints, key, "`jq` is of a step or of the view, not of a shape",
                     "write it beside the step's `get`, or beside `out`");
            continue;
        }
        const std::string_view near = config::nearest_name(
            key.text, std::vector<std::string_view>(std::begin(known_words), std::end(known_words)));
        complain(complaints, key, fmt::format("unknown key `{}` in a shape", key.text),
                 near.empty() ? "members of your own go below `with:`"
                              : fmt::format("did you mean `{}`? Members of your own go below `with:`", near));
    }
    return complaints.size() > before;
}

// Why a word doesn't stand beside a head.
void complain_of_word(const node& key, const head_rule& head, complaints_t& complaints) {
    if (head.head == shape_head::literal) return;
    const auto other = std::ranges::find(heads, key.text, &head_rule::word);
    if (other != std::end(heads)) {
        complain(complaints, key, fmt::format("`{}` and `{}` exclude each other", key.text, head.word), "keep one");
    } else if (key.text == "as") {
        complain(complaints, key, "`as` names the item of an `each`", "remove it");
    } else {
        complain(complaints, key, fmt::format("`{}` says nothing beside `{}`", key.text, head.word), "remove it");
    }
}

std::vector<std::string> member_names(const node& list, std::string_view key, complaints_t& complaints) {
    std::vector<std::string> names;
    const auto add = [&](const node& name) {
        if (name.is != node::kind::scalar) {
            complain(complaints, name, fmt::format("`{}` takes names of members", key),
                     fmt::format("write `{}: [id, name]`", key));
        } else if (!name.quoted && name.text.find_first_of(".[") != std::string::npos) {
            complain(complaints, name,
                     fmt::format("`{}` takes names of members, and '{}' looks like a path", key, name.text),
                     "take a path with `with: {name: reference}`; quote a name that has such characters");
        } else if (std::ranges::find(names, name.text) == names.end()) {
            names.push_back(name.text);
        }
    };
    if (list.is == node::kind::sequence) {
        for (const node& name : list.items)
            add(name);
    } else {
        add(list);
    }
    return names;
}

void read_renames(const node& rename, member_words& words, complaints_t& complaints) {
    if (rename.is != node::kind::mapping)
        return complain(complaints, rename, "`rename` is a mapping of names", "write `rename: {old: new}`");
    for (const auto& [old_name, new_name] : rename.members) {
        if (new_name.is != node::kind::scalar) {
            complain(complaints, new_name, fmt::format("`{}` needs one new name", old_name.text),
                     "write `rename: {old: new}`");
            continue;
        }
        const auto same = [&](const auto& one) { return one.second == new_name.text; };
        if (std::ranges::any_of(words.renames, same)) {
            complain(complaints, new_name, fmt::format("two members are renamed to `{}`", new_name.text),
                     "choose another name for one of them");
        }
        const bool named = std::ranges::find(words.names, old_name.text) != words.names.end();
        if (named == words.omit) {
            complain(
                complaints, old_name,
                fmt::format("`{}` is renamed, and `{}` leaves it out", old_name.text, words.omit ? "omit" : "pick"),
                words.omit ? "take it out of one of them" : "add it to `pick`");
        }
        words.renames.emplace_back(old_name.text, new_name.text);
    }
}

std::optional<std::uint64_t> whole_number(const node& value, std::string_view word, complaints_t& complaints) {
    std::uint64_t number = 0;
    const char* const end = value.text.data() + value.text.size();
    const auto [at, failure] = std::from_chars(value.text.data(), end, number);
    if (value.is == node::kind::scalar && failure == std::errc{} && at == end) return number;
    complain(complaints, value, fmt::format("`{}` takes a whole number", word), fmt::format("write `{}: 10`", word));
    return std::nullopt;
}

void read_sort(const node& sort, list_words& words, complaints_t& complaints) {
    if (sort.is == node::kind::sequence) {
        for (const node& one : sort.items) {
            if (one.is == node::kind::sequence) {
                complain(complaints, one, "a list in a list is no order", "write `sort: [status, created_at]`");
            } else {
                read_sort(one, words, complaints);
            }
        }
        return;
    }
    if (sort.is == node::kind::scalar) {
        words.sort.push_back({&sort, false});
        return;
    }
    list_words::key key;
    if (sort.is != node::kind::mapping)
        return complain(complaints, sort, "`sort` says nothing", "write `sort: {by: created_at, order: desc}`");
    for (const auto& [name, value] : sort.members) {
        if (name.text == "by") {
            key.by = &value;
        } else if (name.text == "order") {
            key.descending = value.text == "desc";
            if (value.is != node::kind::scalar || (value.text != "asc" && value.text != "desc"))
                complain(complaints, value, fmt::format("'{}' is no order", value.text), "write `asc` or `desc`");
        } else {
            complain(complaints, name, fmt::format("unknown key `{}` in `sort`", name.text),
                     "write `sort: {by: created_at, order: desc}`");
        }
    }
    words.sort.push_back(key);
}

}  // namespace

bool is_bare_literal(const node& value) {
    return !value.quoted && (value.text.empty() || value.text == "null" || value.text == "~" || value.text == "true" ||
                             value.text == "false" || is_json_number(value.text));
}

shape_head read_head(const node& mapping, complaints_t& complaints) {
    const bool telling = std::ranges::any_of(mapping.members, [](const auto& member) {
        return contains(telling_words, member.key.text) || member.key.text == "jq";
    });
    if (!telling && !is_lone_shape(mapping)) return shape_head::object;
    if (complain_of_unknown(mapping, complaints)) return shape_head::broken;
    const auto head =
        std::ranges::find_if(heads, [&](const head_rule& rule) { return mapping.find(rule.word) != nullptr; });
    if (head == std::end(heads)) {
        if (mapping.members.size() == 1 && mapping.find("with") != nullptr) return shape_head::members;
        complain(complaints, mapping, fmt::format("`{}` needs a `from` or an `each`", mapping.members.front().key.text),
                 "say what it applies to; an object with members of these names is written below `with:`");
        return shape_head::broken;
    }
    const std::size_t before = complaints.size();
    if (head->head == shape_head::literal && mapping.members.size() > 1)
        complain(complaints, mapping, "`literal` stands alone", "remove the other keys");
    const bool several = head->head == shape_head::from && list_words::any(mapping);
    for (const auto& [key, ignored] : mapping.members) {
        const bool fits =
            contains(head->beside, key.text) && (head->head != shape_head::from || several || key.text != "as");
        if (key.text != head->word && !fits) complain_of_word(key, *head, complaints);
    }
    return complaints.size() > before ? shape_head::broken : head->head;
}

bool list_words::any(const node& mapping) {
    return mapping.find("sort") != nullptr || mapping.find("limit") != nullptr || mapping.find("offset") != nullptr;
}

list_words read_list_words(const node& mapping, complaints_t& complaints) {
    list_words words;
    if (const node* sort = mapping.find("sort")) read_sort(*sort, words, complaints);
    if (const node* offset = mapping.find("offset"))
        words.offset = whole_number(*offset, "offset", complaints).value_or(words.offset);
    if (const node* limit = mapping.find("limit"))
        words.limit = whole_number(*limit, "limit", complaints).value_or(words.limit);
    return words;
}

bool member_words::any(const node& mapping) {
    return mapping.find("pick") != nullptr || mapping.find("omit") != nullptr || mapping.find("rename") != nullptr ||
           mapping.find("with") != nullptr;
}

member_words read_member_words(const node& mapping, const node* with, complaints_t& complaints, bool& ok) {
    const std::size_t before = complaints.size();
    member_words words;
    const node* const pick = mapping.find("pick");
    const node* const omit = mapping.find("omit");
    words.with = with;
    if (pick != nullptr && omit != nullptr)
        complain(complaints, *omit, "`pick` and `omit` exclude each other", "keep one");
    if (words.with != nullptr && words.with->is != node::kind::mapping)
        complain(complaints, *words.with, "`with` is a mapping of members", "write `with: {name: reference}`");
    words.omit = pick == nullptr;
    if (pick != nullptr) words.names = member_names(*pick, "pick", complaints);
    if (omit != nullptr) words.names = member_names(*omit, "omit", complaints);
    if (const node* rename = mapping.find("rename")) read_renames(*rename, words, complaints);
    ok = complaints.size() == before;
    if (!ok) return words;

    const auto leave_out = [&](const std::string& name) {
        const auto at = std::ranges::find(words.names, name);
        if (words.omit && at == words.names.end()) words.names.push_back(name);
        if (!words.omit && at != words.names.end()) words.names.erase(at);
    };
    if (words.with != nullptr) {
        for (const auto& [key, member] : words.with->members) {
            const auto renamed =
                std::ranges::find(words.renames, key.text, &std::pair<std::string, std::string>::second);
            if (renamed != words.renames.end()) {
                leave_out(renamed->first);
                words.renames.erase(renamed);
            }
            // What is renamed away from this name stays.
            if (std::ranges::find(words.renames, key.text, &std::pair<std::string, std::string>::first) ==
                words.renames.end())
                leave_out(key.text);
        }
    }
    // A member that the upstream calls what another one is renamed to gives way, unless it is renamed itself.
    for (const auto& [old_name, new_name] : words.renames) {
        const bool named = std::ranges::find(words.names, new_name) != words.names.end();
        const bool renamed = std::ranges::find(words.renames, new_name, &std::pair<std::string, std::string>::first) !=
                             words.renames.end();
        words.may_meet |= named != words.omit && !renamed;
    }
    return words;
}

}  // namespace nearside::aggregators
