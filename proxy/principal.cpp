#include "proxy/principal.h"

#include "cache/digest.h"

#include <utility>
#include <vector>

namespace nearside::proxy {

std::string principal_of(const header_fields& request, const view& of) {
    std::vector<std::pair<std::string_view, std::string_view>> values;
    for (const std::string& name : of.forwarded) {
        // Repeated fields in their order: what the upstream would see.
        for (const header_fields::field& each : request) {
            if (iequals(each.name, name)) values.emplace_back(name, each.value);
        }
    }
    return cache::principal_digest(values);
}

}  // namespace nearside::proxy
