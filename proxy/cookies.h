// The Cookie fields of a request as pairs (RFC 6265 4.2, 5.4). Pure; any thread.
#pragma once

#include "core/http_message.h"

#include <algorithm>
#include <string_view>

namespace nearside::proxy {

struct cookie {
    std::string_view name;
    std::string_view value;  // as sent, quotes included
    bool has_value = false;  // with a `=`
};

// Every pair of the section's Cookie fields, in order. `each` is called with a cookie.
template <class Each>
void for_each_cookie(const header_fields& fields, Each each) {
    static constexpr std::string_view space = " \t";
    for (const header_fields::field& field : fields) {
        if (!iequals(field.name, "cookie")) continue;
        std::string_view rest = field.value;
        while (!rest.empty()) {
            const auto end = rest.find(';');
            std::string_view pair = rest.substr(0, end);
            rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
            pair.remove_prefix(std::min(pair.find_first_not_of(space), pair.size()));
            pair = pair.substr(0, pair.find_last_not_of(space) + 1);
            if (pair.empty()) continue;
            const auto equals = pair.find('=');
            const bool has_value = equals != std::string_view::npos;
            each(cookie{pair.substr(0, equals), has_value ? pair.substr(equals + 1) : std::string_view{}, has_value});
        }
    }
}

// Whether programs disagree about which cookies the section holds: some read a quoted value up to its closing quote, a
// `;` inside of it included; some trim around the `=`; some take a pair without one for a name, others for a value.
bool cookies_are_ambiguous(const header_fields& fields) noexcept;

}  // namespace nearside::proxy
