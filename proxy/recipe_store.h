// Keeps what each view's last run called (aggregators/recipe.h), by the view's key, and so by principal. A store of its
// own, so that no body pushes a recipe out: recipes are small, and are there long after their view's body was evicted.
// Owned by main; outlives every run. Any thread.
#pragma once

#include "aggregators/recipe.h"
#include "cache/memory_store.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace nearside::proxy {

class recipe_store {
public:
    // `bytes` of memory; 0: nothing is kept.
    explicit recipe_store(std::uint64_t bytes);

    // Counts as a use.
    std::optional<aggregators::recipe> find(std::string_view key);
    // One that is over the bounds replaces the older one by none.
    void keep(const std::string& key, const aggregators::recipe& of);
    void forget(std::string_view key);

    cache::memory_store::counts count() const { return store_.count(); }

private:
    const bool keeps_;
    cache::memory_store store_;
};

}  // namespace nearside::proxy
