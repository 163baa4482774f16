#include "proxy/recipe_store.h"

#include "core/body.h"
#include "proxy/second_tier.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace nearside::proxy {

namespace {

constexpr std::string_view format = "recipe-1";

}  // namespace

recipe_store::recipe_store(std::uint64_t bytes, second_tier* second)
    : keeps_(bytes > 0),
      second_(second),
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
    if (second_ != nullptr) {
        const cache::entry_ptr known = store_.peek(key);
        const bool same = known && known->content.to_string() == *text;
        if (!same) second_->store().put_text(cache::stored_text::recipe, key, format, *text);
    }
    put(key, *std::move(text));
}

void recipe_store::put(const std::string& key, std::string text) {
    auto made = std::make_shared<cache::entry>();
    made->key = key;
    made->content = body(std::move(text));
    store_.put(std::move(made));
}

void recipe_store::forget(const std::string& key) {
    store_.erase(key);
    // What takes its place is no recipe.
    if (keeps_ && second_ != nullptr) second_->store().put_text(cache::stored_text::recipe, key, format, {});
}

boost::asio::awaitable<void> recipe_store::recall(std::string key, milliseconds patience) {
    const bool asks = keeps_ && second_ != nullptr && second_->answers() && !store_.peek(key);
    if (!asks) co_return;
    auto finding = second_->store().find_text(cache::stored_text::recipe, key, std::string(format), patience);
    cache::tier_result<std::string> text = co_await std::move(finding);
    if (text && aggregators::parse_recipe(*text) && !store_.peek(key)) put(key, *std::move(text));
}

}  // namespace nearside::proxy
