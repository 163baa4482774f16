// Pages as DRF's PageNumberPagination makes them: count, next, previous, results; absolute links. Pure; any thread.
#pragma once

#include "loadtest/farapi/query.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace nearside::farapi {

constexpr std::uint64_t default_page_size = 25;
constexpr std::uint64_t max_page_size = 1000;

struct page_request {
    std::uint64_t number = 1;
    std::uint64_t size = default_page_size;
    std::uint64_t offset() const noexcept { return (number - 1) * size; }
};

// nullopt: no such page among `count` records (DRF answers 404).
std::optional<page_request> read_page(const query_parameters& query, std::uint64_t count);

// `append_results` writes the members of `results`, commas included. `base`: scheme, host and path of this list.
std::string page_document(const page_request& page, std::uint64_t count, std::string_view base,
                          const query_parameters& query, const std::function<void(std::string&)>& append_results);

}  // namespace nearside::farapi
