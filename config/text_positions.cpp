#include "config/text_positions.h"

#include <algorithm>
#include <utility>

namespace nearside::config {

namespace {

unsigned char byte_at(std::string_view text, std::size_t at) noexcept {
    return static_cast<unsigned char>(text[at]);
}

}  // namespace

text_positions::text_positions(std::string file, std::string_view text) : file_(std::move(file)), text_(text) {
    starts_.push_back(0);
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '\n') starts_.push_back(at + 1);
    }
}

position text_positions::at(std::size_t line, std::size_t byte) {
    line = std::min(line, starts_.size() - 1);
    if (line != line_ || byte < byte_) {
        line_ = line;
        byte_ = 0;
        column_ = 1;
    }
    const std::size_t start = starts_[line];
    for (; byte_ < byte && start + byte_ < text_.size(); ++byte_) {
        if ((byte_at(text_, start + byte_) & 0xC0U) != 0x80U) ++column_;
    }
    return {file_, static_cast<std::uint32_t>(line + 1), column_};
}

position text_positions::at_offset(std::size_t offset) {
    const auto after = std::upper_bound(starts_.begin(), starts_.end(), offset);
    const auto line = static_cast<std::size_t>(after - starts_.begin()) - 1;
    return at(line, offset - starts_[line]);
}

}  // namespace nearside::config
