#include "aggregators/patch_writer.h"

#include <fmt/format.h>

#include <iterator>
#include <utility>

namespace nearside::aggregators {
namespace {

constexpr std::string_view around_replace = R"({"op":"replace","path":"","value":})";

// RFC 6901 3 and 5: '~' and '/' are told by the pointer's own escapes, the rest by JSON's.
void append_token(std::string_view name, std::string& out) {
    for (const char c : name) {
        switch (c) {
            case '~':
                out += "~0";
                break;
            case '/':
                out += "~1";
                break;
            case '"':
                out += "\\\"";
                break;
            case '\\':
                out += "\\\\";
                break;
            default:
                if (static_cast<unsigned char>(c) < 0x20)
                    fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(c));
                else
                    out.push_back(c);
        }
    }
}

}  // namespace

std::string patch_writer::finish() && {
    text_.push_back(']');
    return std::move(text_);
}

std::size_t patch_writer::enter_name(std::string_view name) {
    const std::size_t outer = pointer_.size();
    pointer_.push_back('/');
    append_token(name, pointer_);
    return outer;
}

std::size_t patch_writer::enter_index(std::size_t index) {
    const std::size_t outer = pointer_.size();
    pointer_.push_back('/');
    pointer_ += fmt::format_int(index).c_str();
    return outer;
}

void patch_writer::begin(std::string_view operation) {
    if (text_.size() > 1) text_.push_back(',');
    text_ += R"({"op":")";
    text_ += operation;
    text_ += R"(","path":")";
    text_ += pointer_;
}

void patch_writer::end_with(std::string_view value) {
    text_ += R"(","value":)";
    text_ += value;
    text_.push_back('}');
}

void patch_writer::add(std::string_view value) {
    begin("add");
    end_with(value);
}

void patch_writer::replace(std::string_view value) {
    begin("replace");
    end_with(value);
}

std::size_t patch_writer::cost_of_replace(std::string_view value) const noexcept {
    const std::size_t comma = text_.size() > 1 ? 1 : 0;
    return comma + around_replace.size() + pointer_.size() + value.size();
}

void patch_writer::remove() {
    begin("remove");
    text_ += "\"}";
}

void patch_writer::move_item(std::size_t from, std::size_t to) {
    const std::size_t outer = enter_index(to);
    begin("move");
    pointer_.resize(outer);
    text_ += R"(","from":")";
    text_ += pointer_;
    text_.push_back('/');
    text_ += fmt::format_int(from).c_str();
    text_ += "\"}";
}

}  // namespace nearside::aggregators
