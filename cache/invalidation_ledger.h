// What one node knows of the log of invalidations that all nodes share in Redis, and what the log doesn't know of this
// node yet: decides what is applied when, what must be read again, and what must be told again. A record's place in the
// log orders it for all nodes (cache/moment.h).
//
// Invariants: everything that the log held up to known() has been applied here, or what it could strike has been struck
// with all else. Whatever was applied here and the log may have lost is queued for it.
//
// A log is known by its incarnation. Where Redis has lost it, the first node that notices founds another out of what it
// remembers, with places above all that were ever given; each other node tells it what the founder didn't know.
// Pure; one thread at a time.
#pragma once

#include "cache/invalidation_record.h"
#include "cache/invalidation_target.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace nearside::cache {

struct ledger_limits {
    std::size_t remembered = 1'000;  // of the log's records, for one that has lost them
    std::size_t remembered_bytes = std::size_t{1024} * 1024;
    std::size_t queued = 10'000;  // that the log can't be told; one more, and it is told that everything is struck
    std::size_t queued_bytes = std::size_t{16} * 1024 * 1024;
};

// Records as they stand in the log.
struct log_entry {
    std::uint64_t sequence = 0;
    std::uint64_t previous = 0;
    std::string bytes;
};

// What the log answers one who asks for what comes after `known`.
struct log_page {
    bool lost = false;        // there is none, or it has gone back: nothing else is told
    std::string incarnation;  // with `lost`: of the one that has gone back
    std::uint64_t sequence = 0;
    std::uint64_t horizon = 0;       // what comes after that is there
    std::string before;              // the incarnation it was founded out of; empty: any
    std::uint64_t before_known = 0;  // how much of that the founder knew
    std::vector<log_entry> entries;
    bool whole = false;  // no more is there
};

struct log_founding {
    std::string instead_of;  // incarnation; empty: of none
    std::string incarnation;
    std::uint64_t sequence = 0;
    std::uint64_t last = 0;
    std::string before;
    std::uint64_t before_known = 0;
    std::vector<log_entry> entries;
};

class invalidation_ledger {
public:
    // `name` is this node's; the target outlives this.
    invalidation_ledger(std::string name, invalidation_target& target, ledger_limits limits = {})
        : name_(std::move(name)), limits_(limits), target_(target) {}

    const std::string& name() const noexcept { return name_; }
    const std::string& incarnation() const noexcept { return incarnation_; }
    std::uint64_t known() const noexcept { return known_; }
    // The record at that place; empty: it isn't remembered.
    std::string_view last_bytes() const noexcept;
    // Places that are given from now on must be above it.
    std::uint64_t present() const;

    // To be told to the log. Answers its number.
    std::uint64_t queue(invalidation_order order);
    struct queued {
        std::uint64_t number = 0;
        std::string bytes;
    };
    const std::deque<queued>& waiting() const noexcept { return queue_; }

    enum class page_verdict : std::uint8_t { lost, more, whole };
    page_verdict take(const log_page& page);

    // After `lost`. `now` in milliseconds since 1970: keeps the places of a log that nobody remembers from being given
    // again.
    log_founding founding(const log_page& lost, std::string incarnation, std::uint64_t now) const;
    void founded(const log_founding& made);

    // The log has taken one that was queued.
    void appended(std::uint64_t number, std::uint64_t sequence, std::uint64_t previous);

    enum class heard_verdict : std::uint8_t {
        applied,
        known,  // already
        lost,   // something came before it, or it is of another log: the log must be read
    };
    heard_verdict hear(const heard_record& record);

    // How often all had to be struck since what had happened could not be told any more.
    std::uint64_t gaps() const noexcept { return gaps_; }

private:
    heard_verdict take_entry(std::uint64_t sequence, std::uint64_t previous, std::string_view bytes);
    void requeue_unshared(const log_page& page);
    void put_in_queue(invalidation_record record);
    void remember(std::uint64_t sequence, std::uint64_t previous, std::string_view bytes);
    void forget_first();
    void drop(std::uint64_t number);

    const std::string name_;
    const ledger_limits limits_;
    invalidation_target& target_;
    std::string incarnation_;  // empty: of no log yet
    std::uint64_t known_ = 0;
    std::uint64_t last_number_ = 0;
    std::uint64_t gaps_ = 0;
    std::deque<queued> queue_;
    std::size_t queue_bytes_ = 0;
    std::deque<log_entry> remembered_;  // all after remembered_from_
    std::size_t remembered_bytes_ = 0;
    std::uint64_t remembered_from_ = 0;
};

}  // namespace nearside::cache
