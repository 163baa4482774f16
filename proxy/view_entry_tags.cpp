#include "proxy/view_entry_tags.h"

#include "cache/unsafe_effects.h"
#include "proxy/route_invalidation.h"
#include "proxy/route_tags.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace nearside::proxy {

namespace {

std::vector<std::string> tags_of_upstreams(const view& of, const std::vector<header_fields>& upstream_fields) {
    std::vector<std::string> tags;
    for (const header_fields& fields : upstream_fields) {
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
    return tags;
}

}  // namespace

bool has_tags_of(const view& of, const cache::entry& stored, const std::vector<header_fields>& upstream_fields) {
    const std::vector<std::string> wanted = tags_of_upstreams(of, upstream_fields);
    return std::all_of(wanted.begin(), wanted.end(), [&](const std::string& tag) {
        return stored.extras && std::binary_search(stored.extras->tags.begin(), stored.extras->tags.end(), tag);
    });
}

std::vector<std::string> tags_of_view(const view& of, const aggregators::composed_view& made,
                                      std::vector<std::string> uri_tags) {
    std::vector<std::string> tags = std::move(uri_tags);
    tags.insert(tags.end(), made.tags.begin(), made.tags.end());
    std::vector<std::string> of_upstreams = tags_of_upstreams(of, made.upstream_fields);
    std::move(of_upstreams.begin(), of_upstreams.end(), std::back_inserter(tags));
    std::sort(tags.begin(), tags.end());
    tags.erase(std::unique(tags.begin(), tags.end()), tags.end());
    return tags;
}

}  // namespace nearside::proxy
