// Why the second tier has nothing to answer with: a detail of Cache-Status, and a label of metrics. Pure; any thread.
#pragma once

#include <boost/system/result.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace nearside::cache {

enum class tier_miss : std::uint8_t {
    none,

    // Redis has nothing, or can't be asked.
    absent,
    not_newer,    // than what who asks has already
    unavailable,  // no connection, or an answer that is an error
    timed_out,    // not within the time that was given

    // Something is there that is no entry for this key.
    not_ours,         // it begins as no manifest does
    other_version,    // an older or a newer nearside wrote it
    damaged,          // its checksum doesn't hold
    malformed,        // its checksum holds, and it isn't what this nearside writes
    other_key,        // two keys met in one digest
    too_large,        // over cache.max_entry
    chunk_missing,    // evicted, or replaced in the meantime
    chunk_damaged,    // a chunk is of another size than was written, or can't be decoded
    content_damaged,  // all chunks together aren't what was written
    last = content_damaged,
};
constexpr std::size_t tier_miss_count = static_cast<std::size_t>(tier_miss::last) + 1;

std::string_view to_string(tier_miss why) noexcept;

template <class T>
using tier_result = boost::system::result<T, tier_miss>;

// Makes tier_result<T>::value() throw.
[[noreturn]] void throw_exception_from_error(tier_miss why, const boost::source_location& where);

}  // namespace nearside::cache
