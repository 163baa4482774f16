// Lines and columns of a text for people: columns count characters, not bytes. Built for asking in rising order, as a
// parser does. Points into the text; one thread.
#pragma once

#include "config/node.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace nearside::config {

class text_positions {
public:
    text_positions(std::string file, std::string_view text);

    // `line` and `byte` within the line, both from 0.
    position at(std::size_t line, std::size_t byte);
    // Of the byte at `offset` of the whole text.
    position at_offset(std::size_t offset);

private:
    std::string file_;
    std::string_view text_;
    std::vector<std::size_t> starts_;  // of each line
    // The last answer, so that a long line isn't counted from its start each time.
    std::size_t line_ = 0;
    std::size_t byte_ = 0;
    std::uint32_t column_ = 1;
};

}  // namespace nearside::config
