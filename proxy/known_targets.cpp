#include "proxy/known_targets.h"

#include <utility>

namespace nearside::proxy {

known_target known_targets::find(std::string_view target) {
    shard& home = shard_of(target);
    const std::lock_guard lock(home.mutex);
    const auto at = home.known.find(target);
    return at == home.known.end() ? known_target{} : at->second;
}

void known_targets::remember(std::string_view target, known_target what) {
    if (target.size() > longest_target) return;
    shard& home = shard_of(target);
    decltype(home.known) forgotten;  // declared before the lock: freed after it is released
    const std::lock_guard lock(home.mutex);
    if (home.known.size() >= most_in_a_shard) forgotten.swap(home.known);
    home.known.insert_or_assign(std::string(target), std::move(what));
}

}  // namespace nearside::proxy
