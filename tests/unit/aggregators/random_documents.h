// Documents at random that are like those of an API where it matters for telling what changed: lists of items with
// ids, without, with some twice; names and strings written in several ways; white space; and changes to them.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace nearside::aggregators {

class random_documents {
public:
    struct value {
        char kind = 's';  // scalar, or '[' or '{'
        std::string text;
        std::vector<value> children;
        std::string name;  // of a member, as JSON
    };

    explicit random_documents(unsigned seed) : random_(seed) {}

    unsigned below(std::size_t count) { return static_cast<unsigned>(random_() % count); }

    value any(unsigned depth = 3) {
        const unsigned choice = depth == 0 ? 9 : below(10);
        if (choice < 2) return list_with_ids(depth);
        if (choice < 4) return list(depth);
        if (choice < 8) return object(depth);
        return scalar();
    }

    void change(value& one, unsigned count) {
        for (; count > 0; --count)
            change_somewhere(one);
    }

    std::string text_of(const value& one) {
        if (one.kind == 's') return one.text;
        std::string text(1, one.kind);
        text += space();
        for (const value& child : one.children) {
            if (&child != &one.children.front()) text += ",";
            text += space();
            if (one.kind == '{') text += child.name + space() + ":" + space();
            text += text_of(child) + space();
        }
        return text + (one.kind == '{' ? "}" : "]");
    }

private:
    std::string space() {
        static constexpr const char* spaces[] = {" ", "\n", "\t "};
        return below(12) == 0 ? spaces[below(3)] : "";
    }
    std::string name() {
        static constexpr const char* names[] = {R"("a")",      R"("\u0061")", R"("b/c")", R"("d~e")", R"("~1")",
                                                R"("")",       R"("f\"g")",   R"("h\\")", R"("\n")",  R"("가")",
                                                R"("\uac00")", R"("0")",      R"("-")",   R"("id")",  R"("i")"};
        return names[below(std::size(names))];
    }
    value scalar() {
        static constexpr const char* texts[] = {
            "null", "true", "false", "1", "1.0", "1e0", "-0", R"("a")", R"("\u0061")", R"("가")", R"("\ud83d\ude00")",
            R"("")"};
        if (below(3) == 0) return {'s', fmt::format("{}", below(1000)), {}, {}};
        if (below(8) == 0) return {'s', "\"" + std::string(below(200), 't') + "\"", {}, {}};
        return {'s', texts[below(std::size(texts))], {}, {}};
    }
    // Names twice in an object are rare.
    void add_member(value& into, std::string member, value child) {
        const bool known = std::ranges::any_of(into.children, [&](const auto& one) { return one.name == member; });
        if (known && below(20) != 0) return;
        child.name = std::move(member);
        into.children.insert(into.children.begin() + below(into.children.size() + 1), std::move(child));
    }
    value object(unsigned depth) {
        value made{'{', {}, {}, {}};
        const unsigned count = below(20) == 0 ? 40 : below(6);
        for (unsigned member = 0; member < count; ++member)
            add_member(made, count > 6 ? fmt::format(R"("m{}")", below(60)) : name(), any(depth - 1));
        return made;
    }
    value list(unsigned depth) {
        value made{'[', {}, {}, {}};
        const bool scalars = below(2) == 0;
        for (unsigned count = below(12); count > 0; --count)
            made.children.push_back(scalars ? scalar() : any(depth - 1));
        return made;
    }
    value item(unsigned depth) {
        value made = object(depth);
        std::erase_if(made.children, [](const auto& one) { return one.name == R"("id")"; });
        const bool text = below(4) == 0;
        add_member(made, below(10) == 0 ? R"("\u0069d")" : R"("id")",
                   {'s', text ? fmt::format(R"("{}")", next_id_++) : fmt::format("{}", next_id_++), {}, {}});
        return made;
    }
    value list_with_ids(unsigned depth) {
        value made{'[', {}, {}, {}};
        for (unsigned count = below(12); count > 0; --count)
            made.children.push_back(item(depth));
        return made;
    }
    void change_somewhere(value& one) {
        if (one.kind == 's') {
            std::string name = std::move(one.name);
            one = below(10) == 0 ? any(2) : scalar();
            one.name = std::move(name);
            return;
        }
        auto& children = one.children;
        if (!children.empty() && below(3) != 0) {
            change_somewhere(children[below(children.size())]);
            return;
        }
        const auto any_place = [&] { return children.begin() + below(children.size() + 1); };
        switch (below(7)) {
            case 0:
                if (!children.empty()) children.erase(children.begin() + below(children.size()));
                break;
            case 1:
                std::shuffle(children.begin(), children.end(), random_);
                break;
            case 2:
                if (children.size() > 1) {
                    const auto from = children.begin() + below(children.size());
                    value moved = std::move(*from);
                    children.erase(from);
                    children.insert(any_place(), std::move(moved));
                }
                break;
            case 3:
                if (one.kind == '[' && !children.empty())
                    children.insert(any_place(), children[below(children.size())]);
                break;
            default:
                if (one.kind == '{')
                    add_member(one, name(), any(2));
                else
                    children.insert(any_place(), below(2) == 0 ? item(2) : any(2));
        }
    }

    std::mt19937 random_;
    unsigned next_id_ = 1;
};

}  // namespace nearside::aggregators
