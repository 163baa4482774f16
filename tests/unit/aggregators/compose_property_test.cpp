// Random documents and random shapes: what compose() splices equals what a plain evaluator of the same `out` builds
// from a tree of the documents. The evaluator follows shape.h's text, knows nothing of walks, and keeps values as raw
// bytes.
#include "aggregators/json_text.h"
#include "tests/unit/aggregators/shape_rig.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace nearside::aggregators {
namespace {

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

std::string plain(std::string_view raw_name) {
    std::string name;
    decode_json_string(raw_name, name);
    return name;
}

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
        if (const config::node* each = out.find("each")) {
            const auto [items, present] = select(each->text);
            if (!present) return "null";
            std::string text;
            for (const tree* item : items) {
                loops_.emplace_back(out.find("as")->text, item);
                text += (text.empty() ? "" : ",") + shaped(out, item);
                loops_.pop_back();
            }
            return "[" + text + "]";
        }
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

    std::string members(const config::node& mapping) {
        std::string text;
        for (const auto& [key, member] : mapping.members)
            text += (text.empty() ? "\"" : ",\"") + key.text + "\":" + show(member);
        return text;
    }

    std::string shaped(const config::node& out, const tree* value) {
        const config::node* const pick = out.find("pick");
        const config::node* const omit = out.find("omit");
        const config::node* const with = out.find("with");
        if (pick == nullptr && omit == nullptr && with == nullptr) return std::string(value->raw);
        if (value->null()) return "null";
        if (!value->object()) throw std::string("wrong type");
        std::string text;
        for (const auto& [name, member] : value->members) {
            const auto named = [&](const config::node* list) {
                return list != nullptr && std::ranges::any_of(list->items, [&](const config::node& one) {
                           return one.text == plain(name);
                       });
            };
            if ((pick != nullptr && !named(pick)) || named(omit)) continue;
            if (with != nullptr && with->find(plain(name)) != nullptr) continue;
            text += (text.empty() ? "" : ",") + std::string(name) + ":" + std::string(member->raw);
        }
        const std::string more = with == nullptr ? "" : members(*with);
        return "{" + text + (text.empty() || more.empty() ? "" : ",") + more + "}";
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

class generator {
public:
    explicit generator(unsigned seed) : random_(seed) {}

    unsigned below(unsigned limit) { return static_cast<unsigned>(random_() % limit); }
    bool chance(unsigned percent) { return below(100) < percent; }
    std::string name() { return std::string(1, static_cast<char>('a' + below(4))); }

    std::string document(unsigned depth) {
        const std::string gap(below(8) == 0 ? below(70) : 0, ' ');
        switch (depth == 0 ? 9 : below(10)) {
            case 0:
            case 1:
            case 2:
            case 3:
            case 4: {
                std::string text;
                for (unsigned count = below(5); count > 0; --count) {
                    // Now and then a name that was used already, or one that is written with an escape.
                    const std::string key = chance(10) ? "\\u006" + std::to_string(1 + below(4)) : name();
                    text += (text.empty() ? ""
                             : chance(20) ? " , "
                                          : ",") +
                            ("\"" + key + "\"") + (chance(20) ? " : " : ":") + document(depth - 1);
                }
                return gap + "{" + text + "}";
            }
            case 5:
            case 6:
            case 7: {
                std::string text;
                for (unsigned count = below(4); count > 0; --count)
                    text += (text.empty() ? "" : ",") + document(depth - 1) + (chance(10) ? " " : "");
                return gap + "[" + text + "]";
            }
            default: {
                constexpr const char* scalars[] = {"1",           "2.0",  "-0.5e3", "\"x\"",
                                                   "\"\\u0078\"", "true", "null",   "\"{[,:\\\"\""};
                return scalars[below(8)];
            }
        }
    }

    std::string path(bool several) {
        std::string text;
        for (unsigned count = below(3); count > 0; --count)
            text += part();
        if (several) text += chance(75) ? "[*]" : "[?@." + name() + (chance(50) ? " == 1]" : " != 'x']");
        for (unsigned count = below(2); several && count > 0; --count)
            text += part();
        if (several && chance(20)) text += "[*]";
        return text;
    }

    // A reference that shape.h allows here.
    std::string reference(bool several) {
        std::vector<std::string> roots = {"project", "jobs"};
        for (const std::string& loop : loops_)
            roots.insert(roots.end(), {loop, loop});
        if (!jobs_loops_.empty())
            roots.push_back("metrics[" + jobs_loops_[below(static_cast<unsigned>(jobs_loops_.size()))] + "]");
        if (chance(10)) {
            const std::string first = several ? (chance(70) ? "[*]" : "[?@.a != 1]") : chance(50) ? "[0]" : "[-1]";
            std::string rest;
            for (unsigned count = below(2); count > 0; --count)
                rest += part();
            return "metrics" + first + rest;
        }
        return roots[below(static_cast<unsigned>(roots.size()))] + path(several);
    }

    std::string out(unsigned depth) {
        switch (depth == 0 ? 9 : below(10)) {
            case 0:
            case 1:
                return "{" + members(depth) + "}";
            case 2:
                return "[" + out(depth - 1) + ", " + out(depth - 1) + "]";
            case 3:
                return "{from: \"" + reference(false) + "\"" + modifiers(depth) + "}";
            case 4:
            case 5:
            case 6: {
                const std::string list = reference(true);
                const std::string loop = "loop" + std::to_string(loops_.size());
                loops_.push_back(loop);
                const bool over_jobs = list.starts_with("jobs");
                if (over_jobs) jobs_loops_.push_back(loop);
                std::string text = "{each: \"" + list + "\", as: " + loop + modifiers(depth) + "}";
                if (over_jobs) jobs_loops_.pop_back();
                loops_.pop_back();
                return text;
            }
            case 7:
                return chance(50) ? "1.50" : "true";
            default:
                return "\"" + (chance(8) ? std::string("metrics") : reference(chance(40))) + "\"";
        }
    }

private:
    std::string part() { return chance(80) ? "." + name() : chance(70) ? "[0]" : "[-1]"; }

    std::string members(unsigned depth) {
        std::string text;
        for (unsigned count = 1 + below(3), number = 0; number < count; ++number)
            text +=
                (text.empty() ? "" : ", ") + std::string(1, static_cast<char>('b' + number)) + ": " + out(depth - 1);
        return text;
    }

    std::string modifiers(unsigned depth) {
        std::string text;
        const unsigned choice = below(3);
        if (choice == 1) text += ", pick: [" + name() + "]";
        if (choice == 2) text += ", omit: [" + name() + ", z]";
        if (chance(40)) text += ", with: {" + members(depth) + "}";
        return text;
    }

    std::mt19937 random_;
    std::vector<std::string> loops_, jobs_loops_;
};

std::string without_space(std::string_view json) {
    std::string text;
    bool quoted = false;
    for (std::size_t at = 0; at < json.size(); ++at) {
        if (quoted && json[at] == '\\')
            text += json[at++];
        else if (json[at] == '"')
            quoted = !quoted;
        if (quoted || json[at] != ' ') text += json[at];
    }
    return text;
}

TEST(compose_property, splices_what_a_plain_evaluator_builds) {
    const shape_names names{{{"project", false, ""}, {"jobs", false, ""}, {"metrics", true, "jobs"}}, {}};
    int compared = 0;
    int refused = 0;
    std::size_t bytes = 0;
    for (unsigned seed = 0; seed < 12'000; ++seed) {
        generator make(seed);
        std::vector<step_value> values = {step_value::single(buffer::copy_of(make.document(5))),
                                          step_value::single(buffer::copy_of(make.document(5)))};
        std::vector<std::string> metrics;
        for (unsigned count = make.below(4); count > 0; --count)
            metrics.push_back(make.chance(20) ? "" : make.document(3));
        values.push_back(for_each(values[1], make.chance(50) ? "$[*]" : "a[*]", metrics));
        const std::string text = make.out(4);
        const config::node out =
            yaml("x: " + text).find("x") == nullptr ? config::node{} : *yaml("x: " + text).find("x");

        std::vector<config::complaint> complaints;
        const auto shape = compile_shape(out, names, complaints);
        ASSERT_NE(shape, nullptr) << text << "\n" << complaints.front().to_string();
        const auto composed = compose(*shape, values, {}, {});
        std::optional<std::string> expected;
        try {
            expected = evaluator(values, names).show(out);
        } catch (const std::string&) {
            expected.reset();  // it can't be shown
        }
        const auto story = [&] {
            std::string all = "seed " + std::to_string(seed) + "\nout: " + text;
            for (const step_value& value : values)
                for (const buffer& document : value.documents)
                    all += "\n" + std::string(document.view());
            return all;
        };
        if (!composed) {
            // A wrong type is refused even where a part is read that then isn't shown.
            ASSERT_EQ(composed.error().cause.code, errc::wrong_type) << story();
            ++refused;
            continue;
        }
        ASSERT_TRUE(expected.has_value()) << story() << "\n" << composed->to_string();
        ASSERT_EQ(without_space(composed->to_string()), without_space(*expected)) << story();
        ++compared;
        bytes += expected->size();
    }
    EXPECT_GT(compared, 5'000);
    EXPECT_GT(refused, 50);
    EXPECT_GT(bytes, 150'000u);
}

}  // namespace
}  // namespace nearside::aggregators
