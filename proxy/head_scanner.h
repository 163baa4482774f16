// Finds the end of a request's head in bytes that arrive in any pieces, and refuses what no line of a head may hold,
// as soon as it is there: a bare CR or LF, control bytes, more bytes or lines than the limits (RFC 9112 2.2).
// Looks at each byte once, however they arrive. One connection, one thread; no I/O.
#pragma once

#include "config/settings.h"
#include "core/error.h"

#include <cstddef>
#include <string_view>

namespace nearside::proxy {

// Why a request is refused. `detail` is static text.
struct refusal {
    int status = 400;
    errc code = errc::bad_request;
    std::string_view detail;
};

class head_scanner {
public:
    enum class verdict { incomplete, complete, refused };

    // `bytes`: everything of this request that has arrived, the same bytes as before and more.
    verdict scan(std::string_view bytes, const config::client_limits& limits);

    // Of a complete head: where it starts (one empty line before it is skipped, RFC 9112 2.2) and ends.
    std::size_t start() const noexcept { return start_; }
    std::size_t end() const noexcept { return at_; }
    const refusal& why() const noexcept { return why_; }

private:
    verdict refuse(int status, errc code, std::string_view detail) noexcept;
    // Of the line being read, `length` bytes without its end so far.
    bool within_limits(std::size_t length, const config::client_limits& limits) noexcept;

    std::size_t at_ = 0;
    std::size_t start_ = 0;
    std::size_t line_start_ = 0;
    std::size_t fields_start_ = 0;  // 0 until the request line has ended
    std::size_t fields_ = 0;
    refusal why_;
};

}  // namespace nearside::proxy
