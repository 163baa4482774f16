#include "cache/redis_keys.h"

#include "cache/digest.h"

#include <fmt/format.h>

namespace nearside::cache {

std::string redis_keys::of_entry(std::string_view kind, std::string_view key) const {
    return fmt::format("{}:{}:{{{}}}", prefix_, kind, text_digest(key));
}

std::string redis_keys::chunk(std::string_view key, std::uint64_t generation, std::uint32_t number) const {
    return fmt::format("{}:{:016x}:{}", of_entry("c", key), generation, number);
}

std::string redis_keys::schema(std::string_view view) const {
    return fmt::format("{}:s:{{{}}}", prefix_, view);
}

std::string redis_keys::channel(std::string_view name) const {
    return shared(database_ == 0 ? fmt::format("channel:{}", name) : fmt::format("channel:{}:{}", database_, name));
}

std::string redis_keys::shared(std::string_view name) const {
    return fmt::format("{{{}}}:{}", prefix_, name);
}

}  // namespace nearside::cache
