// Names of query parameters that an operator lists: exact ones, and beginnings (`utm_*`). Immutable; any thread.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nearside::proxy {

class name_set {
public:
    name_set() = default;
    explicit name_set(std::span<const std::string> names) {
        for (const std::string& name : names) {
            if (name.ends_with('*')) {
                beginnings_.push_back(name.substr(0, name.size() - 1));
            } else {
                exact_.push_back(name);
            }
        }
        std::sort(exact_.begin(), exact_.end());
    }

    bool contains(std::string_view name) const noexcept {
        return std::binary_search(exact_.begin(), exact_.end(), name, std::less<>{}) ||
               std::any_of(beginnings_.begin(), beginnings_.end(),
                           [&](const std::string& each) { return name.starts_with(each); });
    }
    bool empty() const noexcept { return exact_.empty() && beginnings_.empty(); }

private:
    std::vector<std::string> exact_;
    std::vector<std::string> beginnings_;
};

}  // namespace nearside::proxy
