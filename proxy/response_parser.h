// Reads one HTTP/1.1 response out of bytes (RFC 9112), strictly: whatever two readers could take differently is
// malformed, never guessed. No I/O: the caller shows the bytes it has, and learns how many were consumed.
// One response, one owner.
#pragma once

#include "core/error.h"
#include "core/http_message.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace nearside::proxy {

class response_parser {
public:
    static constexpr std::size_t most_head_bytes = 64 * 1024;
    static constexpr std::size_t most_fields = 256;
    static constexpr std::size_t most_interim = 32;            // 1xx responses before the final one
    static constexpr std::size_t most_extension_bytes = 1024;  // of one chunk

    // The answer to a HEAD has no body, whatever its fields say (RFC 9112 6.3).
    explicit response_parser(bool to_head) : to_head_(to_head) {}

    enum class event {
        more,     // nothing to tell before more bytes come
        interim,  // a 1xx head is in head(), until the next call
        head,     // the final head is in head()
        body,     // `data` holds bytes of the body
        end,      // the response is complete; bytes after it are not its own
    };
    struct step {
        event what = event::more;
        std::size_t consumed = 0;  // from the front of the input, `data` included
        std::string_view data;     // into the input
    };
    // Errors: malformed_response. `input` starts with the first byte not consumed so far.
    result<step> next(std::string_view input);
    // The connection ended. An error (closed_early) unless that is how the body ends.
    result<void> end_of_stream();

    response_head& head() noexcept { return head_; }
    const header_fields& trailers() const noexcept { return trailers_; }
    bool complete() const noexcept { return state_ == state::done; }
    // Known after the head. Nullopt: chunked, or up to the end of the connection.
    std::optional<std::uint64_t> content_length() const noexcept { return content_length_; }
    bool chunked() const noexcept { return framing_ == framing::chunked; }
    bool may_keep_connection() const noexcept { return complete() && keep_; }

    // Bytes of the body that come next on the wire without anything between them; may be read past the parser, and
    // told with passed().
    std::uint64_t contiguous() const noexcept;
    void passed(std::uint64_t count) noexcept;

private:
    enum class state {
        head,
        body,
        chunk_size,
        chunk_extension,
        chunk_size_lf,
        chunk_data,
        chunk_cr,
        chunk_lf,
        trailers,
        done
    };
    enum class framing { none, length, chunked, until_close };

    result<step> read_head(std::string_view input);
    result<step> read_trailers(std::string_view input);
    result<step> read_data(std::string_view input);
    result<std::size_t> read_chunk_framing(std::string_view input);
    result<void> decide_framing();
    // Bytes up to and with the empty line; 0: not there yet.
    result<std::size_t> section_size(std::string_view input);

    const bool to_head_;
    state state_ = state::head;
    framing framing_ = framing::none;
    bool keep_ = false;
    response_head head_;
    header_fields trailers_;
    std::optional<std::uint64_t> content_length_;
    std::uint64_t remaining_ = 0;  // of the body, or of the chunk
    std::size_t scanned_ = 0;      // of a header section, known to hold no end
    std::size_t interim_ = 0;
    std::size_t digits_ = 0;
    std::size_t extension_ = 0;
    bool extension_named_ = false;
};

}  // namespace nearside::proxy
