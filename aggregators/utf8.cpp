#include "aggregators/utf8.h"

#include <simdjson.h>

namespace nearside::aggregators {

bool is_utf8(std::string_view bytes) noexcept {
    return simdjson::validate_utf8(bytes.data(), bytes.size());
}

}  // namespace nearside::aggregators
