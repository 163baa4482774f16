// Ranges of a stored body (RFC 9110 14): what a Range field asks for, and the bodies that answer it. Pure; any thread.
#pragma once

#include "core/body.h"
#include "core/http_message.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nearside::cache {

struct byte_range {
    std::uint64_t first = 0, last = 0;  // both included

    std::uint64_t size() const noexcept { return last - first + 1; }
    friend bool operator==(const byte_range&, const byte_range&) = default;
};

struct range_answer {
    enum class kind {
        whole,          // no range, one that can't be read, or one too costly to honour: 200 with everything (14.2)
        partial,        // 206
        unsatisfiable,  // 416
    };
    kind is = kind::whole;
    std::vector<byte_range> ranges;  // of partial: in the order asked for; where some overlapped, joined and sorted
};

// More ranges than these are not honoured, nor sets that come to more bytes than the whole.
inline constexpr std::size_t most_ranges = 32;

range_answer read_ranges(const header_fields& request, std::uint64_t length);

// Content-Range of a 206 and of a 416 (14.4).
std::string content_range(const byte_range& range, std::uint64_t length);
std::string unsatisfied_range(std::uint64_t length);

// The bytes of the range: slices of the content, nothing is copied.
body cut(const body& content, const byte_range& range);

// multipart/byteranges (14.6). `content_type` of the whole; may be empty. `boundary` must not occur in the content.
body multipart(const body& content, const std::vector<byte_range>& ranges, std::string_view content_type,
               std::string_view boundary);

}  // namespace nearside::cache
