// A stored entry as operators see it: what its key says, its windows, its tags and its size, as JSON. Never its
// content, nor what a digest stands for. Pure; any thread.
#pragma once

#include "cache/entry.h"
#include "cache/tag_epochs.h"
#include "config/settings.h"
#include "core/clock.h"
#include "proxy/site.h"

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nearside::proxy {

// A key (cache/key.h), taken apart again.
struct told_key {
    std::string kind;  // view, route, step
    std::string name;  // of the view; of the upstream for the others
    std::vector<std::pair<std::string, std::string>> parts;

    // Empty where there is none.
    std::string_view find(std::string_view part) const noexcept;
};
told_key read_key(std::string_view key);

// What entries are told with.
struct entry_context {
    std::shared_ptr<const config::settings> settings;
    std::shared_ptr<const site> places;
    const cache::tag_epochs* epochs = nullptr;
    wall_time now{};
};

// The path and query at which clients (of a step: nearside itself) ask for it; empty where the view is not in the
// configuration any more.
std::string path_of(const told_key& key, const config::settings& settings);

// What was invalidated since. Leaves no trace in the entry.
cache::invalidation fate_of(const cache::entry& stored, const told_key& key, std::string_view path,
                            const cache::tag_epochs& epochs);

// One JSON object.
void append_entry(std::string& out, const cache::entry& stored, const entry_context& by);

}  // namespace nearside::proxy
