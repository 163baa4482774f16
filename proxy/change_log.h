// The versions of one view as its subscribers are told of them: the latest, and the changes that lead to it, as far as
// they are remembered. Pure; under its owner's lock.
#pragma once

#include "proxy/stream_text.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nearside::proxy {

class change_log {
public:
    // The last change is remembered whatever its size: it is being told.
    struct limits {
        std::size_t changes = 64;
        std::size_t bytes = 1024 * 1024;  // of changes
    };
    explicit change_log(limits within) : within_(within) {}

    struct change {
        std::uint64_t sequence = 0;  // of the version that it leads to
        event_tail patch;            // from the version before
    };

    // Counts the versions, from 1; 0: none is known yet.
    std::uint64_t latest() const noexcept { return latest_; }
    const std::string& etag() const noexcept { return etag_; }

    // The next version. `patch` null: the change can't be told by itself, nor can any before it.
    void add(std::string_view etag, event_tail patch);
    // The changes are told to nobody any more.
    void forget();
    // From now on.
    void keep_within(limits within);

    // The changes that lead from version `seen` to the latest, oldest first: none where that is the latest; nullopt
    // where they aren't known any more, or are several and more than `most_bytes`: then the latest version has to be
    // told whole.
    std::optional<std::vector<change>> since(std::uint64_t seen, std::size_t most_bytes) const;

private:
    void trim();

    limits within_;
    std::uint64_t latest_ = 0;
    std::string etag_;
    std::deque<change> changes_;  // without gaps, up to the latest
    std::size_t bytes_ = 0;
};

}  // namespace nearside::proxy
