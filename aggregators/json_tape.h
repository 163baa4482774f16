// A JSON document as a flat list of its values, in the order of its bytes: where each begins and ends, and for a
// container where its inside is over, so that values can be compared and passed over whole. 8 bytes a scalar or name,
// 16 a container, beside the document. Reading is one pass, without recursion, whatever the depth.
// The document must outlive it. One owner; once read, any thread may look.
#pragma once

#include "core/body.h"

#include <cstdint>
#include <string_view>
#include <vector>

namespace nearside::aggregators {

class json_tape {
public:
    // Numbers values and names. A container's children follow it; in an object, names and values take turns.
    using place = std::uint32_t;

    // False: the document is not JSON, or larger than a reader takes (json_index::max_document).
    bool read(const buffer& document);

    place root() const noexcept { return 0; }
    // Its first byte tells what it is.
    char kind(place value) const noexcept { return text_[spans_[value].begin]; }
    bool is_container(place value) const noexcept { return kind(value) == '{' || kind(value) == '['; }
    std::string_view bytes(place value) const noexcept {
        const span& one = spans_[value];
        return {text_ + one.begin, one.end - one.begin};
    }

    // What a container holds, without what its children hold; of an object, names and values.
    std::uint32_t child_count(place container) const noexcept { return spans_[container + 1].end; }
    // The first one, where there are any.
    static place first_child(place container) noexcept { return container + 2; }
    // What follows a value and all in it.
    place behind(place value) const noexcept { return is_container(value) ? spans_[value + 1].begin : value + 1; }

private:
    // Of a value or name: its bytes. After that of a container, one that holds the place behind it and the child count.
    struct span {
        std::uint32_t begin = 0;
        std::uint32_t end = 0;
    };

    const char* text_ = nullptr;
    std::vector<span> spans_;
};

}  // namespace nearside::aggregators
