#include "config/reader.h"
#include "config/sections.h"

namespace nearside::config {

std::vector<located<std::string>> read_templates(reader& keys, std::string_view key, std::string_view where,
                                                 std::string_view example) {
    std::vector<located<std::string>> list = keys.read_list(key);
    if (list.size() > route_limits::templates) {
        keys.complain(keys.place_of(key), quote(key) + " of " + std::string(where) + " lists more than 32",
                      "use fewer: a `[*]` in one gives a tag for each item");
        list.resize(route_limits::templates);
    }
    for (const located<std::string>& each : list) {
        if (each.value.size() <= route_limits::template_bytes) continue;
        keys.complain(each.at, "a tag of more than 1024 bytes", "write a short one, such as " + quote(example));
    }
    return list;
}

}  // namespace nearside::config
