#include "proxy/view_entry_tags.h"

#include "cache/unsafe_effects.h"
#include "proxy/route_invalidation.h"
#include "proxy/route_tags.h"

#include <algorithm>
#include <utility>

namespace nearside::proxy {

std::vector<std::string> tags_of_view(const view& of, const aggregators::composed_view& made,
                                      std::vector<std::string> uri_tags) {
    std::vector<std::string> tags = std::move(uri_tags);
    tags.insert(tags.end(), made.tags.begin(), made.tags.end());
    for (const header_fields& fields : made.upstream_fields) {
        for (std::string& tag : upstream_tags(fields))
            tags.push_back(std::move(tag));
        const std::vector<std::string> groups = cache::cache_groups(fields);
        if (groups.empty()) continue;
        // Whose answer it was isn't known any more: too many rather than too few.
        for (const std::string& upstream : of.upstreams) {
            for (std::string& tag : group_tags(upstream, groups))
                tags.push_back(std::move(tag));
        }
    }
    std::sort(tags.begin(), tags.end());
    tags.erase(std::unique(tags.begin(), tags.end()), tags.end());
    return tags;
}

}  // namespace nearside::proxy
