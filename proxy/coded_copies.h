// Stored responses in the content codings that clients take. A response is stored once, as it came; a copy in another
// coding is made at most once each, on the workers, when somebody first asks for it, and stands in the store beside it.
// Built and owned by main; outlives every exchange and the workers. Any thread.
#pragma once

#include "cache/coding.h"
#include "cache/entry.h"
#include "cache/flight_table.h"
#include "cache/memory_store.h"
#include "core/http_message.h"
#include "core/log.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

namespace nearside::proxy {

// Whether a response may be recoded at all: a text-like 200 in a known coding, not too small to be worth it, without
// no-transform (RFC 9110 7.7) and without a digest of its bytes. `length` of its body; nullopt: not known yet.
bool is_recodable(int status, const header_fields& response, std::optional<std::uint64_t> length);
// Such a response says so to caches behind this one: `Vary: Accept-Encoding`.
void add_vary_accept_encoding(header_fields& response);

// A write that a client makes on condition of a version names it by the tag that it was given, which may be that of a
// copy made here: `If-Match` names the origin's own beside it.
void add_origins_tags(header_fields& request);

class coded_copies {
public:
    // `most_bytes`: of a decoded body.
    coded_copies(cache::memory_store& store, boost::asio::any_io_executor workers, std::uint64_t most_bytes)
        : store_(store), workers_(std::move(workers)), most_bytes_(most_bytes) {}

    // What to serve of `stored` now: itself, or a copy that the client likes better. Where a better one could be made,
    // that begins. Null: the client takes nothing that is at hand, see made_for().
    cache::entry_ptr at_hand(const header_fields& request, const cache::entry_ptr& stored);
    // For the client that at_hand() had nothing for; one of many makes it for all. Null where the stored body can't be
    // decoded, or the client takes nothing else either.
    boost::asio::awaitable<cache::entry_ptr> made_for(const header_fields& request, cache::entry_ptr stored);

private:
    static constexpr std::size_t most_at_once = 256;

    using flights = cache::flight_table<cache::entry_ptr>;  // of copies; null: it can't be made

    cache::entry_ptr find(const cache::entry_ptr& stored, cache::coding wanted);
    cache::entry_ptr make(const cache::entry_ptr& stored, cache::coding wanted) const;
    // The making of the copy, begun here or under way.
    std::shared_ptr<flights::flight> begin(const cache::entry_ptr& stored, cache::coding wanted);

    cache::memory_store& store_;
    const boost::asio::any_io_executor workers_;
    const std::uint64_t most_bytes_;
    flights being_made_;
};

}  // namespace nearside::proxy
