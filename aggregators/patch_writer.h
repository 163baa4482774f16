// Writes the operations of a JSON Patch (RFC 6902), each at the place where the writer stands: a JSON pointer
// (RFC 6901) that is entered and left step by step. One owner, one thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace nearside::aggregators {

class patch_writer {
public:
    // Bytes of the array so far, without the bracket that ends it.
    std::size_t size() const noexcept { return text_.size(); }
    void back_to(std::size_t size) { text_.resize(size); }
    std::string finish() &&;

    // A member by the text of its name, and an item by its index; leave() takes what these returned.
    std::size_t enter_name(std::string_view name);
    std::size_t enter_index(std::size_t index);
    void leave(std::size_t outer) { pointer_.resize(outer); }

    // `value` is JSON, taken as it is.
    void add(std::string_view value);
    void replace(std::string_view value);
    // What replace() appends.
    std::size_t cost_of_replace(std::string_view value) const noexcept;
    void remove();
    // An item of the list where the writer stands.
    void move_item(std::size_t from, std::size_t to);

private:
    void begin(std::string_view operation);
    void end_with(std::string_view value);

    std::string text_ = "[";
    std::string pointer_;  // as it stands in a JSON string
};

}  // namespace nearside::aggregators
