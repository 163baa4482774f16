// What `out` means, evaluated plainly: a tree of each document, values as raw bytes, lists sorted by insertion, nothing
// known of walks and slices. Follows shape.h's text; what compose() splices must equal it.
#pragma once

#include "aggregators/json_text.h"
#include "tests/unit/aggregators/shape_rig.h"

#include <algorithm>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nearside::aggregators {

struct tree {
    std::string_view raw;
    std::vector<std::pair<std::string_view, std::unique_ptr<tree>>> members;  // raw name, of an object
    std::vector<std::unique_ptr<tree>> items;

    bool object() const { return raw.front() == '{'; }
    bool array() const { return raw.front() == '['; }
    bool null() const { return raw == "null"; }
};

// Of valid JSON.
class tree_parser {
public:
    explicit tree_parser(std::string_view text) : text_(text) {}

    std::unique_ptr<tree> value() {
        auto made = std::make_unique<tree>();
        space();
        const std::size_t from = at_;
        if (text_[at_] == '{' || text_[at_] == '[') {
            const bool object = text_[at_++] == '{';
            for (space(); text_[at_] != '}' && text_[at_] != ']'; space()) {
                if (text_[at_] == ',') ++at_;
                space();
                std::string_view name;
                if (object) {
                    name = string();
                    space();
                    ++at_;
                    made->members.emplace_back(name, value());
                } else {
                    made->items.push_back(value());
                }
            }
            ++at_;
        } else if (text_[at_] == '"') {
            string();
        } else {
            while (at_ < text_.size() && std::string_view(",]} \n").find(text_[at_]) == std::string_view::npos)
                ++at_;
        }
        made->raw = text_.substr(from, at_ - from);
        return made;
    }

private:
    void space() {
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n'))
            ++at_;
    }
    std::string_view string() {
        const std::size_t from = at_++;
        while (text_[at_] != '"')
            at_ += text_[at_] == '\\' ? 2 : 1;
        return text_.substr(from, ++at_ - from);
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

inline std::string plain(std::string_view raw_name) {
    std::string name;
    return decode_json_string(raw_name, name) ? name : std::string(raw_name.substr(1, raw_name.size() - 2));
}

// Throws a string where a view can't be shown.
class evaluator {
public:
    evaluator(const std::vector<step_value>& values, const shape_names& names) : names_(names) {
        for (const step_value& value : values) {
            std::vector<std::unique_ptr<tree>>& trees = trees_.emplace_back();
            for (const buffer& document : value.documents)
                trees.push_back(tree_parser(document.view()).value());
            values_.push_back(&value);
        }
    }

    std::string show(const config::node& out) {
        using kind = config::node::kind;
        if (out.is == kind::null) return "null";
        if (out.is == kind::sequence) {
            std::string text;
            for (const config::node& item : out.items)
                text += (text.empty() ? "" : ",") + show(item);
            return "[" + text + "]";
        }
        if (out.is == kind::scalar) return reference_text(out.text);
        if (const config::node* each = out.find("each")) return listed(out, select(each->text));
        if (const config::node* first = out.find("first")) return listed(out, select(first->text), true);
        if (const config::node* lists = out.find("flatten")) return listed(out, flattened(select(lists->text)));
        if (const config::node* count = out.find("count"); count != nullptr && out.members.size() == 1)
            return std::to_string(select(count->text).found.size());
        if (const config::node* parts = out.find("merge")) return merged(out, *parts);
        if (const config::node* from = out.find("from")) {
            const auto [found, present] = select(from->text);
            return found.empty() ? "null" : shaped(out, found.front());
        }
        return "{" + members(out) + "}";
    }

private:
    struct selection {
        std::vector<const tree*> found;
        bool present;
    };

    static selection flattened(selection lists) {
        selection flat{{}, lists.present};
        for (const tree* one : lists.found) {
            if (!one->array()) flat.found.push_back(one);
            for (const auto& item : one->items)
                if (one->array()) flat.found.push_back(item.get());
        }
        return flat;
    }

    std::string listed(const config::node& out, selection list, bool first = false) {
        if (!list.present) return "null";
        if (const config::node* sort = out.find("sort")) order(out, *sort, list.found);
        const auto number = [&](std::string_view word, std::size_t otherwise) {
            const config::node* const given = out.find(word);
            return given == nullptr ? otherwise : static_cast<std::size_t>(std::stoul(given->text));
        };
        const std::size_t offset = std::min(number("offset", 0), list.found.size());
        const std::size_t limit = first ? 1 : number("limit", list.found.size());
        std::string text;
        std::size_t shown = 0;
        for (std::size_t at = offset; at < list.found.size() && shown < limit; ++at, ++shown) {
            loops_.emplace_back(out.find("as")->text, list.found[at]);
            text += (shown == 0 ? "" : ",") + shaped(out, list.found[at]);
            loops_.pop_back();
        }
        if (first) return shown == 0 ? "null" : text;
        return "[" + text + "]";
    }

    // A plain insertion sort, by one key.
    void order(const config::node& out, const config::node& sort, std::vector<const tree*>& items) {
        const config::node* const by = sort.find("by");
        const config::node* const way = sort.find("order");
        const bool descending = way != nullptr && way->text == "desc";
        std::vector<std::pair<std::string, const tree*>> sorted;
        for (const tree* item : items) {
            std::string key(item->raw);
            if (by != nullptr) {
                loops_.emplace_back(out.find("as")->text, item);
                const bool looks_up = by->text.find('[') != std::string::npos;
                const auto found = select(looks_up ? by->text : out.find("as")->text + "." + by->text).found;
                loops_.pop_back();
                key = found.empty() ? "null" : std::string(found.front()->raw);
            }
            auto at = sorted.end();
            while (at != sorted.begin() && stands_before(key, std::prev(at)->first, descending))
                --at;
            sorted.insert(at, {key, item});
        }
        std::ranges::transform(sorted, items.begin(), &std::pair<std::string, const tree*>::second);
    }

    static bool stands_before(const std::string& left, const std::string& right, bool descending) {
        const auto rank = [](const std::string& raw) {
            const std::size_t known = std::string_view("ft0\"[n").find(raw.front() == '{' ? '[' : raw.front());
            return known == std::string::npos ? 2 : static_cast<int>(known);
        };
        const int a = rank(left);
        const int b = rank(right);
        if (a == 5 || b == 5) return a < b;
        if (a != b) return descending ? a > b : a < b;
        if (a == 2) return (descending ? compare_json_numbers(right, left) : compare_json_numbers(left, right)) < 0;
        if (a != 3) return false;
        return descending ? plain(left) > plain(right) : plain(left) < plain(right);
    }

    std::string merged(const config::node& out, const config::node& parts) {
        std::vector<std::pair<std::string, std::string>> all;
        bool present = false;
        for (const config::node& part : parts.items) {
            const config::node* const own = part.find("from");
            for (const tree* value : select(own == nullptr ? part.text : own->text).found) {
                if (value->null()) continue;
                present = true;
                for (const auto& [name, text] : kept(part.members.size() > 1 ? part : out, out.find("with"), value)) {
                    const auto same = [&, &key = name](const auto& one) { return plain(one.first) == plain(key); };
                    const auto at = std::ranges::find_if(all, same);
                    if (at == all.end()) {
                        all.emplace_back(name, text);
                    } else {
                        *at = {name, text};
                    }
                }
            }
        }
        return present ? object(all, out.find("with")) : "null";
    }

    // Names as they are shown and values, of an object.
    static std::vector<std::pair<std::string, std::string>> kept(const config::node& out, const config::node* with,
                                                                 const tree* value) {
        const config::node* const pick = out.find("pick");
        const config::node* const omit = out.find("omit");
        const config::node* const rename = out.find("rename");
        if (!value->object()) throw std::string("wrong type");
        std::vector<std::pair<std::string, std::string>> all;
        for (const auto& [name, member] : value->members) {
            const std::string own = plain(name);
            const auto named = [&](const config::node* list) {
                return list != nullptr &&
                       std::ranges::any_of(list->items, [&](const config::node& one) { return one.text == own; });
            };
            if ((pick != nullptr && !named(pick)) || named(omit)) continue;
            const config::node* const other = rename == nullptr ? nullptr : rename->find(own);
            const bool gives_way =
                rename != nullptr && other == nullptr && std::ranges::any_of(value->members, [&](const auto& one) {
                    const config::node* const given = rename->find(plain(one.first));
                    return given != nullptr && given->text == own;
                });
            if (gives_way || (with != nullptr && with->find(other == nullptr ? own : other->text) != nullptr)) continue;
            all.emplace_back(other == nullptr ? std::string(name) : "\"" + other->text + "\"", member->raw);
        }
        return all;
    }

    std::string object(const std::vector<std::pair<std::string, std::string>>& kept_members, const config::node* with) {
        std::string text;
        for (const auto& [name, value] : kept_members)
            text += (text.empty() ? "" : ",") + name + ":" + value;
        const std::string more = with == nullptr ? "" : members(*with);
        return "{" + text + (text.empty() || more.empty() ? "" : ",") + more + "}";
    }

    std::string members(const config::node& mapping) {
        std::string text;
        for (const auto& [key, member] : mapping.members)
            text += (text.empty() ? "\"" : ",\"") + key.text + "\":" + show(member);
        return text;
    }

    std::string shaped(const config::node& out, const tree* value) {
        const config::node* const with = out.find("with");
        if (out.find("pick") == nullptr && out.find("omit") == nullptr && out.find("rename") == nullptr &&
            with == nullptr)
            return std::string(value->raw);
        return value->null() ? "null" : object(kept(out, with, value), with);
    }

    std::string reference_text(const std::string& text) {
        if (text == "1.50" || text == "true") return text;
        const reference what = *parse_reference(text);
        const auto [found, present] = select(text);
        const bool list = !what.loop && what.path.selectors.empty() && is_list(what.root);
        if (what.path.definite() && !list) return found.empty() ? "null" : std::string(found.front()->raw);
        if (!present) return "null";
        std::string all;
        for (const tree* one : found)
            all += (all.empty() ? "" : ",") + std::string(one->raw);
        return "[" + all + "]";
    }

    bool is_list(const std::string& name) const {
        return std::ranges::any_of(names_.steps, [&](const auto& step) { return step.name == name && step.list; });
    }

    // Present: the value that several are selected from is a list, or one is selected.
    selection select(const std::string& text) {
        const reference what = *parse_reference(text);
        std::vector<const tree*> at;
        std::span<const selector> path = what.path.selectors;
        const auto loop = std::ranges::find(loops_, what.root, &std::pair<std::string, const tree*>::first);
        bool several = false;
        if (loop != loops_.end()) {
            at.push_back(loop->second);
        } else {
            const auto step = static_cast<std::size_t>(
                std::ranges::find(names_.steps, what.root, &shape_names::step::name) - names_.steps.begin());
            if (what.loop) {
                const auto item = std::ranges::find(loops_, *what.loop, &std::pair<std::string, const tree*>::first);
                const auto& items = values_[step]->items;
                const auto number = std::ranges::find(items, item->second->raw.data()) - items.begin();
                if (number == std::ssize(items) || document(step, static_cast<std::size_t>(number)) == nullptr)
                    return {{}, false};
                at.push_back(document(step, static_cast<std::size_t>(number)));
            } else if (!values_[step]->list) {
                at.push_back(trees_[step].front().get());
            } else {
                for (std::size_t number = 0; number < values_[step]->which.size(); ++number)
                    at.push_back(document(step, number) == nullptr ? null_.get() : document(step, number));
                if (path.empty()) return {at, true};
                const selector first = path.front();
                path = path.subspan(1);
                const auto* index = std::get_if<index_selector>(&first);
                several = index == nullptr;
                if (index != nullptr) {
                    const auto size = std::ssize(at);
                    const auto number = index->index < 0 ? index->index + size : index->index;
                    if (number < 0 || number >= size) return {{}, false};
                    at = {at[static_cast<std::size_t>(number)]};
                } else if (const auto* filter = std::get_if<filter_selector>(&first)) {
                    std::erase_if(at, [&](const tree* one) { return !passes(*filter, one); });
                }
            }
        }
        for (const selector& part : path) {
            const bool one =
                std::holds_alternative<name_selector>(part) || std::holds_alternative<index_selector>(part);
            if (!one && !several) {
                several = true;
                if (at.empty() || !(at.front()->array() || at.front()->object())) {
                    return {{}, false};
                }
            }
            std::vector<const tree*> next;
            for (const tree* value : at)
                follow(part, value, next);
            at = std::move(next);
        }
        return {at, several || !at.empty()};
    }

    const tree* document(std::size_t step, std::size_t number) const {
        const std::uint32_t which = values_[step]->which[number];
        return which == step_value::nothing ? nullptr : trees_[step][which].get();
    }

    static const tree* last_member(const tree* value, const std::string& name) {
        const tree* found = nullptr;
        for (const auto& [raw_name, member] : value->members)
            if (plain(raw_name) == name) found = member.get();
        return found;
    }

    static bool passes(const filter_selector& filter, const tree* value) {
        for (const std::string& name : filter.names)
            if (value != nullptr) value = last_member(value, name);
        return (value != nullptr && compare_json(value->raw, filter.with) == 0) ==
               (filter.compare == comparison::equal);
    }

    static void follow(const selector& part, const tree* value, std::vector<const tree*>& next) {
        if (const auto* name = std::get_if<name_selector>(&part)) {
            if (const tree* member = last_member(value, name->name)) next.push_back(member);
        } else if (const auto* index = std::get_if<index_selector>(&part)) {
            const auto size = std::ssize(value->items);
            const auto number = index->index < 0 ? index->index + size : index->index;
            if (number >= 0 && number < size) next.push_back(value->items[static_cast<std::size_t>(number)].get());
        } else {
            const auto* filter = std::get_if<filter_selector>(&part);
            for (const auto& item : value->items)
                if (filter == nullptr || passes(*filter, item.get())) next.push_back(item.get());
            for (const auto& [raw_name, member] : value->members)
                if (filter == nullptr || passes(*filter, member.get())) next.push_back(member.get());
        }
    }

    const shape_names& names_;
    std::vector<std::vector<std::unique_ptr<tree>>> trees_;
    std::vector<const step_value*> values_;
    std::vector<std::pair<std::string, const tree*>> loops_;
    std::unique_ptr<tree> null_ = tree_parser("null").value();
};

}  // namespace nearside::aggregators
