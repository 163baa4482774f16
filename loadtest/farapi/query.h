// The parameters of a request's query. Pure; any thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace nearside::farapi {

// Sorted, as DRF writes them into `next`. Of repeated names the last counts.
using query_parameters = std::map<std::string, std::string, std::less<>>;

query_parameters parse_query(std::string_view query);
std::string write_query(const query_parameters& parameters);

// A whole number written plainly; nullopt for anything else.
std::optional<std::uint64_t> parse_whole(std::string_view text) noexcept;

}  // namespace nearside::farapi
