// The walk over two versions of a document that tells what changed, in operations. One owner, one thread, one use.
#pragma once

#include "aggregators/json_tape.h"
#include "aggregators/patch_members.h"
#include "aggregators/patch_writer.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nearside::aggregators {

class patch_difference {
public:
    patch_difference(const json_tape& older, const json_tape& newer, std::string_view item_id)
        : older_(older), newer_(newer), item_id_(item_id) {}

    // Nothing: it would have more bytes than `limit`.
    std::optional<std::string> patch(std::size_t limit) &&;

private:
    using place = json_tape::place;
    using places = std::vector<place>;
    // Of two lists, those items at which they are not alike any more: [older_from, older_to) and [newer_from,
    // newer_to).
    struct stretch {
        std::uint32_t older_from = 0, older_to = 0;
        std::uint32_t newer_from = 0, newer_to = 0;
        std::uint32_t older_count() const noexcept { return older_to - older_from; }
        std::uint32_t newer_count() const noexcept { return newer_to - newer_from; }
    };

    // Each writes the operations that make the older value the newer one, where the writer stands. False: the writer
    // has come over `ceiling`, or it cannot be told member by member; what was written is then of no use.
    bool value(place older, place newer, std::size_t ceiling);
    bool object(place older, place newer, std::size_t ceiling);
    bool named_alike(const std::vector<named_value>& older, const std::vector<named_value>& newer, std::size_t ceiling);
    bool list(place older, place newer, std::size_t ceiling);
    bool by_id(const places& older, const places& newer, const stretch& where,
               const std::vector<std::uint32_t>& partner, std::size_t ceiling);
    bool by_bytes(const places& older, const places& newer, const stretch& where, std::size_t ceiling);
    bool one_by_one(const places& older, const places& newer, const stretch& where, std::size_t ceiling);

    // Of each newer item of the stretch, which older one has its id; nothing where ids don't tell all items apart.
    std::optional<std::vector<std::uint32_t>> partners_by_id(const places& older, const places& newer,
                                                             const stretch& where) const;
    bool equal(place older, place newer) const noexcept { return older_.bytes(older) == newer_.bytes(newer); }
    bool fits(std::size_t ceiling) const noexcept { return out_.size() <= ceiling; }

    const json_tape& older_;
    const json_tape& newer_;
    std::string_view item_id_;
    patch_writer out_;
    decoded_names names_;
    std::uint32_t depth_ = 0;
};

}  // namespace nearside::aggregators
