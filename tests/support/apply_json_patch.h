// Applies a JSON Patch (RFC 6902), by the letter, to a tree. Throws std::invalid_argument or std::out_of_range where
// an operation can't be done.
#pragma once

#include "tests/support/json_tree.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nearside::support {

// A value's container, and its name or index there: what a pointer's last token means.
struct pointed_place {
    json_tree* container = nullptr;
    std::string token;
};

inline std::size_t index_in(const json_tree& list, std::string_view token, std::size_t end) {
    if (token == "-") return list.items.size();
    std::size_t index = 0;
    const auto [rest, failure] = std::from_chars(token.data(), token.data() + token.size(), index);
    // RFC 6901 4: digits alone, without a zero before others.
    if (failure != std::errc{} || rest != token.data() + token.size() || (token.size() > 1 && token[0] == '0') ||
        index >= end)
        throw std::out_of_range("no index: " + std::string(token));
    return index;
}

inline json_tree& child_of(json_tree& container, const std::string& token) {
    if (container.what == json_tree::kind::object) return container.members.at(token);
    if (container.what != json_tree::kind::list) throw std::invalid_argument("no container");
    return container.items.at(index_in(container, token, container.items.size()));
}

// `pointer` is not empty.
inline pointed_place find_place(json_tree& root, std::string_view pointer) {
    pointed_place found{nullptr, {}};
    json_tree* at = &root;
    while (!pointer.empty()) {
        if (found.container != nullptr) at = &child_of(*found.container, found.token);
        if (pointer[0] != '/') throw std::invalid_argument("no pointer");
        pointer.remove_prefix(1);
        found = {at, {}};
        const std::size_t end = std::min(pointer.find('/'), pointer.size());
        for (std::size_t byte = 0; byte < end; ++byte) {
            if (pointer[byte] != '~') {
                found.token.push_back(pointer[byte]);
                continue;
            }
            const char escape = byte + 1 < end ? pointer[++byte] : '?';
            if (escape != '0' && escape != '1') throw std::invalid_argument("no escape of a pointer");
            found.token.push_back(escape == '0' ? '~' : '/');
        }
        pointer.remove_prefix(end);
    }
    return found;
}

inline json_tree take_out(json_tree& root, std::string_view pointer) {
    const pointed_place place = find_place(root, pointer);
    json_tree taken = child_of(*place.container, place.token);
    if (place.container->what == json_tree::kind::object) {
        place.container->members.erase(place.token);
    } else {
        std::vector<json_tree>& items = place.container->items;
        items.erase(items.begin() + static_cast<std::ptrdiff_t>(index_in(*place.container, place.token, items.size())));
    }
    return taken;
}

inline void put_in(json_tree& root, std::string_view pointer, json_tree value) {
    if (pointer.empty()) {
        root = std::move(value);
        return;
    }
    const pointed_place place = find_place(root, pointer);
    if (place.container->what == json_tree::kind::object) {
        place.container->members[place.token] = std::move(value);
        return;
    }
    if (place.container->what != json_tree::kind::list) throw std::invalid_argument("no container");
    std::vector<json_tree>& items = place.container->items;
    const std::size_t index = index_in(*place.container, place.token, items.size() + 1);
    items.insert(items.begin() + static_cast<std::ptrdiff_t>(index), std::move(value));
}

inline json_tree apply_json_patch(json_tree root, std::string_view patch) {
    for (const json_tree& operation : read_json_tree(patch).items) {
        const std::string& what = operation.members.at("op").text;
        const std::string& path = operation.members.at("path").text;
        if (what == "add") {
            put_in(root, path, operation.members.at("value"));
        } else if (what == "remove") {
            take_out(root, path);
        } else if (what == "replace") {
            if (path.empty()) {
                root = operation.members.at("value");
            } else {
                const pointed_place place = find_place(root, path);
                child_of(*place.container, place.token) = operation.members.at("value");
            }
        } else if (what == "move") {
            put_in(root, path, take_out(root, operation.members.at("from").text));
        } else {
            throw std::invalid_argument("operation " + what);
        }
    }
    return root;
}

}  // namespace nearside::support
