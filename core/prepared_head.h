// A response head rendered once and sent many times: what a stored response keeps beside its body, so that a hit
// renders only the few fields that differ from one answer to the next. One text, kept once: fields are read by scanning
// it, and the heads of a 304 and of a 206 are parts of it.
// Immutable; any thread may read.
#pragma once

#include "core/http_message.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace nearside {

// A head that is written as it stands: pieces of a prepared_head's text, or of static storage. Valid as long as that.
struct head_view {
    int status = 200;
    std::string_view status_line;  // with its line end
    std::string_view lines;        // fields, each line ended; without the empty line that ends a head
    bool has_date = false;
};

class prepared_head {
public:
    prepared_head() = default;
    // Connection, Keep-Alive, Proxy-Connection, Transfer-Encoding, Upgrade and Content-Length are dropped: they belong
    // to a session. So is a field with a line break or NUL in it, which would end the head early.
    explicit prepared_head(const response_head& head);

    int status() const noexcept { return status_; }
    bool has_date() const noexcept { return has_date_; }

    // The first of that name. A walk over the text: a few tens of nanoseconds a field.
    std::optional<std::string_view> find(std::string_view name) const noexcept;
    bool contains(std::string_view name) const noexcept { return find(name).has_value(); }
    // each(name, value) for every field. Fields that a 304 leaves out come first; otherwise the order is the given one.
    template <class Each>
    void for_each(Each each) const {
        std::string_view left = lines();
        while (!left.empty()) {
            const header_fields::field one = take_line(left);
            each(one.name, one.value);
        }
    }
    // A copy, for what has to change fields.
    header_fields fields() const;

    // As it was given.
    head_view whole() const noexcept;
    // The same for a 304: without the metadata of a representation that isn't sent, Content-Type above all (RFC 9110
    // 15.4.5).
    head_view not_modified() const noexcept;
    // For a 206 with one range; Content-Range is the caller's to add.
    head_view partial() const noexcept;
    // For a 206 whose Content-Type is multipart/byteranges and the caller's to add (RFC 9110 15.3.7.2).
    head_view partial_without_type() const noexcept;

    // Bytes held beside the object itself, for budgets.
    std::size_t memory() const noexcept;

private:
    // Cuts the first line off.
    static header_fields::field take_line(std::string_view& lines) noexcept;
    std::string_view lines() const noexcept { return std::string_view(text_).substr(lines_at_); }

    // Status line, Content-Type, other fields that a 304 leaves out, all others.
    std::string text_;
    std::uint32_t lines_at_ = 0;
    std::uint32_t untyped_at_ = 0;       // behind Content-Type
    std::uint32_t not_modified_at_ = 0;  // behind all that a 304 leaves out
    std::uint16_t status_ = 200;
    bool has_date_ = false;
};

}  // namespace nearside
