#include "proxy/cookies.h"

namespace nearside::proxy {

bool cookies_are_ambiguous(const header_fields& fields) noexcept {
    const auto is_space = [](char letter) { return letter == ' ' || letter == '\t'; };
    bool ambiguous = false;
    for_each_cookie(fields, [&](const cookie& each) {
        if (!each.has_value || each.name.empty() || is_space(each.name.back()) ||
            (!each.value.empty() && is_space(each.value.front()))) {
            ambiguous = true;
            return;
        }
        const auto quote = each.value.find('"');
        if (quote == std::string_view::npos) return;
        // One pair of quotes around the whole value is what RFC 6265 4.1.1 allows.
        const bool whole = quote == 0 && each.value.size() > 1 && each.value.find('"', 1) == each.value.size() - 1;
        ambiguous = ambiguous || !whole;
    });
    return ambiguous;
}

}  // namespace nearside::proxy
