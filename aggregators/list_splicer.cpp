#include "aggregators/list_splicer.h"

namespace nearside::aggregators {

list_splicer::list_splicer(std::uint64_t expected_bytes) : writer_(static_cast<std::size_t>(expected_bytes) + 2) {
    writer_.append("[");
}

void list_splicer::add(std::string_view items) {
    if (writer_.size() > 1) writer_.append(",");
    writer_.append(items);
}

buffer list_splicer::finish() {
    writer_.append("]");
    return writer_.finish();
}

}  // namespace nearside::aggregators
