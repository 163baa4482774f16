// A response head rendered once and sent many times: what a stored response keeps beside its body, so that a hit
// renders only the few fields that differ from one answer to the next.
// Immutable; any thread may read.
#pragma once

#include "core/http_message.h"

#include <string>
#include <string_view>

namespace nearside {

class prepared_head {
public:
    prepared_head() = default;
    // Connection, Keep-Alive, Transfer-Encoding, Upgrade and Content-Length are dropped: they belong to a session.
    explicit prepared_head(response_head head);

    int status() const noexcept { return head_.status; }
    const header_fields& fields() const noexcept { return head_.fields; }
    bool has_date() const noexcept { return has_date_; }
    // Status line and fields for HTTP/1.1, each line ended, without the empty line that ends the head.
    std::string_view h1() const noexcept { return h1_; }
    // Bytes held, for budgets.
    std::size_t memory() const noexcept { return head_.fields.memory() + h1_.capacity(); }

private:
    response_head head_;
    std::string h1_;
    bool has_date_ = false;
};

}  // namespace nearside
