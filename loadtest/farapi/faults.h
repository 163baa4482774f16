// What goes wrong on purpose: a list of faults, each with the requests it strikes and how often. Decides only; the
// answer is bent in reply_fault.h, its bytes in wire.h. One owner, one thread.
#pragma once

#include "core/http_message.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nearside::farapi {

enum class fault_kind {
    delay,           // nothing but `delay_ms` before the first byte
    status,          // `status`, with `retry_after` and `body` if given
    body,            // `body` instead of the document, `content_type` if given
    malformed_json,  // the first half of the document, well framed
    huge_array,      // a list of `items` members instead of the document
    content_type,    // the document, said to be `content_type`
    no_content,      // 204
    redirect,        // `status` (302) to `location`
    truncate,        // closes after `at` bytes of the body, all of it announced
    stall,           // pauses for `stall_ms` after `at` bytes of the body
    garbled,         // bytes that are no HTTP at all
    bad_length,      // a Content-Length that is no number
    bad_chunk,       // a chunk size that is no number
    bad_coding,      // said to be gzip, and isn't
    drop,            // closes before any byte
    reset,           // resets before any byte
    chunked,         // a right answer, in chunks; with `at`: cut after so many bytes of the body
    until_close,     // a right answer, its end told by closing
    close_after,     // a right answer, then an unannounced close
};

std::optional<fault_kind> fault_kind_named(std::string_view name) noexcept;
std::string_view to_string(fault_kind kind) noexcept;
// All names, for messages.
std::string fault_kind_names();

struct fault {
    fault_kind kind = fault_kind::delay;
    std::string path = "**";  // `*` is one segment or a part of one, `**` anything
    std::string method;       // empty: any
    std::string query;        // a part of the query; empty: any
    std::uint64_t nth = 1;    // strikes from the nth such request on
    std::uint64_t count = 0;  // so many times; 0: always
    std::chrono::milliseconds delay{0};
    std::chrono::milliseconds stall{3'600'000};
    int status = 0;
    std::uint64_t at = 0;
    std::uint64_t items = 1'000'000;
    std::string retry_after, body, content_type, location;

    std::uint64_t seen = 0, struck = 0;
};

bool glob_matches(std::string_view pattern, std::string_view path) noexcept;

class fault_list {
public:
    void add(fault what) { faults_.push_back(std::move(what)); }
    void clear() { faults_.clear(); }
    const std::vector<fault>& all() const noexcept { return faults_; }

    // The first fault that strikes this request. Every fault that the request matches counts it.
    std::optional<fault> strike(const request_head& asked);

private:
    std::vector<fault> faults_;
};

}  // namespace nearside::farapi
