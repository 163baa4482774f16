// What waits to be written to Redis: of each key its newest version alone, and no more than a bound. What is written
// for one key is written in order, one at a time. Pure. Owned by redis_writer, under its lock.
#pragma once

#include "cache/entry.h"

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace nearside::cache {

struct redis_write {
    enum class kind : std::uint8_t { entry, erase, recipe, schema };

    kind what = kind::entry;
    std::string key;           // of the entry, the recipe's view and so on; of a schema the view's name
    entry_ptr of{};            // of an entry
    std::string text{};        // of a recipe or schema, sealed
    bool erase_first = false;  // it took the place of an erasure, which holds even where writing it fails

    std::uint64_t bytes() const noexcept;
};

struct redis_write_limits {
    std::size_t writes = 10'000;
    std::uint64_t bytes = std::uint64_t{256} * 1024 * 1024;  // of contents, which the memory store may hold too
};

class redis_write_queue {
public:
    enum class pushed { added, replaced, dropped };

    explicit redis_write_queue(redis_write_limits limits) : limits_(limits) {}

    // Replaces an older one that waits for the same key. Over the limits it is dropped; an erasure drops the oldest
    // entry that waits instead.
    pushed push(redis_write one);
    // The same for one that failed, unless there is a newer one.
    void push_back(redis_write one);
    // The oldest whose key isn't being written; until done() no other of its key is given.
    std::optional<redis_write> take();
    void done(const redis_write& taken);

    // The newest of that entry, of those that wait and those that are just being written.
    struct pending {
        bool erased = false;
        entry_ptr newest;
    };
    pending of_entry(std::string_view key) const;
    // An erasure waits behind what is just being written.
    bool is_erased(std::string_view key) const;

    std::size_t size() const noexcept { return order_.size(); }
    std::uint64_t bytes() const noexcept { return bytes_; }

private:
    struct slot {
        std::optional<redis_write> waiting;
        std::list<std::string_view>::iterator place{};  // while one waits
        bool busy = false;
        bool erasing = false;
        entry_ptr writing;  // while busy
    };
    struct hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
    };

    const slot* find(std::string_view key) const;
    bool drop_an_entry();
    redis_write remove(slot& from);

    const redis_write_limits limits_;
    // By what it is and its key.
    std::unordered_map<std::string, slot, hash, std::equal_to<>> slots_;
    std::list<std::string_view> order_;  // of those that wait; points to the keys of slots_
    std::uint64_t bytes_ = 0;
};

}  // namespace nearside::cache
