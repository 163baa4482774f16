// Keeps what each view's last run called (aggregators/recipe.h), by the view's key, and so by principal. A store of its
// own, so that no body pushes a recipe out: recipes are small, and are there long after their view's body was evicted.
// The second tier has them too, where there is one, so that a node that was just started knows them.
// Owned by main; outlives every run. Any thread.
#pragma once

#include "aggregators/recipe.h"
#include "cache/memory_store.h"
#include "core/clock.h"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace nearside::proxy {

class second_tier;

class recipe_store {
public:
    // `bytes` of memory; 0: nothing is kept. `second` may be null.
    explicit recipe_store(std::uint64_t bytes, second_tier* second = nullptr);

    // Counts as a use.
    std::optional<aggregators::recipe> find(std::string_view key);
    // One that is over the bounds replaces the older one by none.
    void keep(const std::string& key, const aggregators::recipe& of);
    void forget(const std::string& key);

    // Brings it into memory where only the second tier has it, and says so within `patience`.
    boost::asio::awaitable<void> recall(std::string key, milliseconds patience);

    cache::memory_store::counts count() const { return store_.count(); }

private:
    void put(const std::string& key, std::string text);

    const bool keeps_;
    second_tier* const second_;
    cache::memory_store store_;
};

}  // namespace nearside::proxy
