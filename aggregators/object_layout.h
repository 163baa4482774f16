// How the members of an object stood, so that the next object of the same list, which is mostly made like it, is
// recognised at a glance: the kinds of its marks are compared sixteen at a time, and the names of its members with
// those at the same places. What is alike is JSON for the same reason as the object that was learned from, whose
// grammar was checked step by step. Any scalar may stand for any other. Owned by one projector; one thread.
#pragma once

#include "aggregators/json_reader.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace nearside::aggregators {

class object_layout {
public:
    // Larger objects are not learned.
    static constexpr std::size_t most_marks = json_index::most_wanted;

    // Places are numbers of marks, from the object's bracket.
    struct member {
        bool in_run = false;           // it is picked, with those beside it
        std::uint32_t begin = 0;       // its name
        std::uint32_t end = 0;         // the comma or bracket behind its value
        std::uint32_t key = 0;         // which key of a need it is, or none
        std::uint32_t first_step = 0;  // of its own, or of the next member that has one
    };
    // What is to be done with a member; all others are passed over.
    struct step {
        enum class kind : std::uint8_t {
            begin_run,  // members that are picked begin with it
            walk,       // its value is needed
            end_run,    // members that are picked end with it
            tell,       // it is told by itself
        };
        kind what = kind::walk;
        std::uint32_t member = 0;
    };

    // The members of an object that was read whole, in order, and the steps, in order of their members; what was known
    // before is forgotten. `kinds` and `positions` are those of its marks, from bracket to bracket.
    void learn(std::span<const std::uint8_t> kinds, const std::uint32_t* positions, const char* text,
               std::vector<member> members, std::vector<step> steps);

    bool empty() const noexcept { return members_.empty(); }
    std::span<const member> members() const noexcept { return members_; }
    std::span<const step> steps() const noexcept { return steps_; }
    std::size_t size() const noexcept { return size_; }      // marks
    std::uint32_t depth() const noexcept { return depth_; }  // of containers in it

    // How many members stand at the reader as they do here, from number `first` on, whose name it is at. All marks that
    // are left of the layout are known to it.
    std::size_t alike(const json_reader& reader, std::size_t first) const;

    // Whether to learn from the object at hand, told how many of its members were recognised. One that is of little use
    // is replaced; where none is of use for long, learning is tried less and less often.
    bool wants_to_learn(std::size_t recognised, std::size_t all) noexcept;

private:
    // A name, quotes included: its first eight bytes and its last ones, as far as it has them.
    struct name {
        std::uint64_t first = 0, first_mask = 0;
        std::uint64_t last = 0, last_mask = 0;
        std::uint32_t begin = 0;    // place of the mark
        std::uint32_t last_at = 0;  // bytes from there
        std::uint32_t size = 0;
        std::size_t at = 0;  // of a long one, in long_names_
    };

    // The place of the first mark from `from` on that is not alike.
    std::size_t alike_marks(const json_reader& reader, std::size_t from) const;
    bool is_named(const name& one, const char* text, const std::uint32_t* position) const noexcept;

    std::vector<member> members_;
    std::vector<step> steps_;
    std::vector<name> names_;  // one a member
    std::string long_names_;   // those of more than 16 bytes
    std::size_t size_ = 0;
    std::uint32_t depth_ = 0;
    // Padded, so that whole groups can be compared.
    std::vector<std::uint8_t> kinds_;
    std::vector<std::uint8_t> masks_;  // the bits of each that must be the same
    bool was_useful_ = false;
    std::uint32_t missed_ = 0;
    std::uint32_t patience_ = 1;  // so many may be missed before it is replaced
};

}  // namespace nearside::aggregators
