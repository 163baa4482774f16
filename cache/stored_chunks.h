// Which contents this node has written to Redis in chunks, so that an entry that was merely renewed (a 304) isn't
// compressed and sent again: its chunks are prolonged. Bounded: the oldest are forgotten. Pure. Owned by redis_writer,
// under its lock.
#pragma once

#include "cache/entry.h"
#include "cache/entry_codec.h"

#include <cstddef>
#include <list>
#include <optional>
#include <string>
#include <unordered_map>

namespace nearside::cache {

class stored_chunks {
public:
    static constexpr std::size_t most = 1'000;

    // Of an entry with this content, stored under the same key.
    std::optional<packed_content> find(const entry& of) const;
    void remember(const entry& of, const packed_content& packed);
    void forget(const std::string& key);

    std::size_t size() const noexcept { return kept_.size(); }

private:
    // What tells one content of a key from another.
    struct identity {
        wall_time content_since;
        std::size_t size;
        std::string etag;

        friend bool operator==(const identity&, const identity&) = default;
    };
    struct one {
        identity content;
        packed_content packed;
        std::list<std::string>::iterator place;
    };
    static identity identity_of(const entry& of) {
        return {of.content_since, of.content.size(), std::string(of.etag())};
    }

    std::unordered_map<std::string, one> kept_;
    std::list<std::string> order_;
};

}  // namespace nearside::cache
