// What a request's Accept says, range by range (RFC 9110 12.5.1). Pure; any thread.
#pragma once

#include "cache/coding.h"
#include "core/http_message.h"

#include <cstdint>
#include <string_view>

namespace nearside::proxy {

struct accepted_range {
    std::string_view type;     // `text/html`, `text/*` or `*/*`, without its parameters
    std::uint16_t weight = 0;  // thousandths
};

// Calls `each(accepted_range)`, in the order in which they are written.
template <class Each>
void for_each_accepted(const header_fields& request, Each each) {
    for (const header_fields::field& field : request) {
        if (!iequals(field.name, "accept")) continue;
        for_each_member(field.value, [&each](std::string_view member) {
            const auto end = member.find(';');
            const std::string_view parameters = end == std::string_view::npos ? "" : member.substr(end + 1);
            each(accepted_range{trimmed(member.substr(0, end)), cache::weight_of(parameters)});
        });
    }
}

}  // namespace nearside::proxy
