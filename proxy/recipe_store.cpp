#include "proxy/recipe_store.h"

#include "core/body.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace nearside::proxy {

recipe_store::recipe_store(std::uint64_t bytes)
    : keeps_(bytes > 0),
      store_({.bytes = bytes,
              .max_entry_bytes = std::min<std::uint64_t>(bytes / 4, 2 * aggregators::recipe::most_bytes)}) {}

std::optional<aggregators::recipe> recipe_store::find(std::string_view key) {
    const cache::entry_ptr kept = store_.find(key);
    if (!kept) return std::nullopt;
    return aggregators::parse_recipe(kept->content.to_string());
}

void recipe_store::keep(const std::string& key, const aggregators::recipe& of) {
    std::optional<std::string> text = keeps_ ? aggregators::to_text(of) : std::nullopt;
    if (!text) return forget(key);
    auto made = std::make_shared<cache::entry>();
    made->key = key;
    made->content = body(*std::move(text));
    store_.put(std::move(made));
}

void recipe_store::forget(std::string_view key) {
    store_.erase(key);
}

}  // namespace nearside::proxy
