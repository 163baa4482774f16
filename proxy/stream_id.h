// The ids of a stream's events: `epoch-sequence` of each view that was told so far, joined by dots. An epoch names one
// life of a topic in one process; a sequence counts the versions of its view in that life. Opaque to clients.
// Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nearside::proxy {

// Eight letters and digits of `random`, which has 47 bits of use.
std::string make_stream_epoch(std::uint64_t random);

void append_position(std::string& id, std::string_view epoch, std::uint64_t sequence);

// What a client has seen, by its last id. What isn't understood in it counts as not seen: the worst that may come of
// that is a snapshot.
class stream_positions {
public:
    static constexpr std::size_t most = 1'000;  // further ones are left out

    stream_positions() = default;
    explicit stream_positions(std::string_view id);

    std::optional<std::uint64_t> find(std::string_view epoch) const noexcept;
    bool empty() const noexcept { return known_.empty(); }

private:
    std::vector<std::pair<std::string, std::uint64_t>> known_;
};

}  // namespace nearside::proxy
