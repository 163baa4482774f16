// The values that a tag's references select, as the texts that its tags are grown of. Pure; any thread.
#pragma once

#include "aggregators/select.h"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace nearside::aggregators {

struct tag_texts {
    std::vector<std::string> texts;  // each once, sorted; at most as many as was asked for
    std::size_t left_out = 0;        // further ones
};

// Of the values that are there and have a text: null, objects and lists have none.
tag_texts tag_texts_of(std::span<const json_value> values, std::size_t most);

// Every tag with every text after it; none where there is no text.
std::vector<std::string> grown_tags(const std::vector<std::string>& tags, const std::vector<std::string>& texts);

}  // namespace nearside::aggregators
