// Takes the chunked coding (RFC 9112 7.1) off a request's body, strictly: CRLF alone ends a line, sizes are hexadecimal
// and bounded, extensions and trailers are checked, bounded and dropped. Copies nothing.
// One message, one thread; no I/O.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace nearside::proxy {

class chunked_decoder {
public:
    static constexpr std::size_t max_extension_bytes = 4 * 1024;  // of one body
    static constexpr std::size_t max_trailer_bytes = 8 * 1024;

    enum class state { more, done, broken };
    struct step {
        state is = state::more;
        std::size_t consumed = 0;  // wire bytes used up, data included
        std::string_view data;     // part of `wire`; empty when no data was reached
    };

    // Decodes up to the end of the next piece of data, or of `wire`. More: call again with what follows the consumed
    // bytes.
    step next(std::string_view wire);

private:
    enum class place {
        size,
        size_more,
        extension,
        size_end,
        data,
        data_cr,
        data_lf,
        trailer,
        trailer_name,
        trailer_value,
        trailer_lf,
        last_lf
    };
    bool take(char letter) noexcept;

    place at_ = place::size;
    std::uint64_t left_ = 0;  // of this chunk
    unsigned digits_ = 0;
    std::size_t extension_bytes_ = 0;
    std::size_t trailer_bytes_ = 0;
    bool done_ = false;
};

}  // namespace nearside::proxy
