// A stored answer: immutable once published, shared by the store and by everyone who is just being served from it.
#pragma once

#include "cache/lifetime.h"
#include "cache/vary.h"
#include "core/body.h"
#include "core/clock.h"
#include "core/prepared_head.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace nearside::cache {

// What few entries have; absent, it costs a pointer.
struct entry_extras {
    std::vector<std::string> tags;    // an invalidation of any of them invalidates the entry
    std::vector<std::string> groups;  // of Cache-Groups (RFC 9875)
    // Of a marker, which stands for responses that depend on request fields: on which, newest first. The responses
    // themselves are stored under the variants' keys.
    std::vector<vary_spec> vary;
    // Of a step's answer: the bytes of `content` as they are read as JSON, and their core/content_hash.
    buffer document;
    std::uint64_t content_hash = 0;

    // Bytes held, itself included.
    std::size_t memory() const noexcept;
};

struct entry {
    std::string key;
    prepared_head head;  // what is the same each time it is served
    body content;
    wall_time born{};  // nothing in it was read at the upstream before this
    lifetime lives;
    std::uint64_t stamp = 0;  // tag_epochs::now() before its fetch began
    std::unique_ptr<const entry_extras> extras;
    bool always_validate = false;  // no-cache: validated before each use (RFC 9111 5.2.2.4)
    bool must_revalidate = false;  // never served stale (RFC 9111 5.2.2.2)
    bool recodable = false;        // may be served in other content codings than it is stored in
    wall_time content_since{};     // when its content came; stays while only its head is renewed

    // Four things change in a published entry. After a refresh failed, no other is tried before then (microseconds of
    // wall time).
    mutable std::atomic<std::int64_t> refresh_not_before{0};
    // Nothing that was invalidated up to that moment has struck it (tag_epochs::fate_of).
    mutable std::atomic<std::uint64_t> good_until{0};
    // How often it was found for a request, or for a run, since it was put here.
    mutable std::atomic<std::uint32_t> hits{0};
    // Content codings that turned out to make it no smaller, by bit.
    mutable std::atomic<std::uint8_t> useless_codings{0};

    // The entity tag with its quotes; empty when there is none. Valid as long as the entry.
    std::string_view etag() const noexcept { return head.find("etag").value_or(std::string_view{}); }

    // Bytes that keeping it takes of memory: itself, its key, head and content, in what the allocator hands out for
    // them.
    std::size_t memory() const noexcept;
};

using entry_ptr = std::shared_ptr<const entry>;

}  // namespace nearside::cache
