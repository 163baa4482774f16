// A JSON document as values, for judging what code made of its bytes: numbers keep their text, strings are what they
// stand for, of members with one name the last one counts, and their order doesn't. Simple, not fast. Throws
// std::invalid_argument where something isn't as it must be.
#pragma once

#include "aggregators/json_text.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace nearside::support {

struct json_tree {
    enum class kind { word, number, string, list, object };
    kind what = kind::word;
    std::string text;
    std::vector<json_tree> items;
    std::map<std::string, json_tree> members;
    bool operator==(const json_tree&) const = default;
};

class json_tree_reader {
public:
    explicit json_tree_reader(std::string_view text) : rest_(text) {}

    json_tree read() {
        json_tree root = value();
        skip_space();
        require(rest_.empty());
        return root;
    }

private:
    static void require(bool holds) {
        if (!holds) throw std::invalid_argument("not JSON");
    }
    void skip_space() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size())); }
    bool take(char c) {
        skip_space();
        if (!rest_.starts_with(c)) return false;
        rest_.remove_prefix(1);
        return true;
    }
    std::string string() {
        skip_space();
        require(rest_.starts_with('"'));
        std::size_t end = 1;
        for (; end < rest_.size() && rest_[end] != '"'; ++end)
            end += rest_[end] == '\\' ? 1 : 0;
        require(end < rest_.size());
        const std::string_view raw = rest_.substr(0, end + 1);
        rest_.remove_prefix(end + 1);
        std::string text;
        // Half a surrogate pair is told apart by its own bytes.
        return aggregators::decode_json_string(raw, text) ? text : std::string(raw);
    }
    json_tree value() {
        json_tree one;
        if (take('{')) {
            one.what = json_tree::kind::object;
            if (take('}')) return one;
            do {
                std::string name = string();
                require(take(':'));
                one.members[std::move(name)] = value();
            } while (take(','));
            require(take('}'));
        } else if (take('[')) {
            one.what = json_tree::kind::list;
            if (take(']')) return one;
            do {
                one.items.push_back(value());
            } while (take(','));
            require(take(']'));
        } else if (rest_.starts_with('"')) {
            one.what = json_tree::kind::string;
            one.text = string();
        } else {
            const std::size_t size = std::min(rest_.find_first_of(" \t\r\n,]}"), rest_.size());
            one.text = rest_.substr(0, size);
            rest_.remove_prefix(size);
            if (aggregators::is_json_number(one.text))
                one.what = json_tree::kind::number;
            else
                require(one.text == "true" || one.text == "false" || one.text == "null");
        }
        return one;
    }

    std::string_view rest_;
};

inline json_tree read_json_tree(std::string_view text) {
    return json_tree_reader(text).read();
}

}  // namespace nearside::support
