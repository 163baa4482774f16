// An invalidation as the tests of ledger and log give it: of one tag, for good.
#pragma once

#include "cache/invalidation_order.h"

#include <string>

namespace nearside::cache {

inline invalidation_order order_of(const std::string& tag) {
    return {.tags = {tag}, .keys = {}, .views = {}, .paths = {}, .how = invalidation::hard};
}

}  // namespace nearside::cache
