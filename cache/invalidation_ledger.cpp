#include "cache/invalidation_ledger.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace nearside::cache {

std::uint64_t invalidation_ledger::present() const {
    return std::max(known_, target_.present());
}

std::string_view invalidation_ledger::last_bytes() const noexcept {
    if (remembered_.empty() || remembered_.back().sequence != known_) return {};
    return remembered_.back().bytes;
}

std::uint64_t invalidation_ledger::queue(invalidation_order order) {
    invalidation_record record;
    record.order = std::move(order);
    put_in_queue(std::move(record));
    return last_number_;
}

void invalidation_ledger::put_in_queue(invalidation_record record) {
    record.issuer = name_;
    record.number = ++last_number_;
    queue_.push_back({record.number, encode(record)});
    queue_bytes_ += queue_.back().bytes.size();
    if (queue_.size() <= limits_.queued && queue_bytes_ <= limits_.queued_bytes) return;
    // What they were is lost with them.
    invalidation_record all;
    all.issuer = name_;
    all.number = record.number;
    all.everything = true;
    queue_.clear();
    queue_.push_back({all.number, encode(all)});
    queue_bytes_ = queue_.back().bytes.size();
}

void invalidation_ledger::drop(std::uint64_t number) {
    const auto found =
        std::find_if(queue_.begin(), queue_.end(), [number](const queued& each) { return each.number == number; });
    if (found == queue_.end()) return;
    queue_bytes_ -= found->bytes.size();
    queue_.erase(found);
}

invalidation_ledger::page_verdict invalidation_ledger::take(const log_page& page) {
    if (page.lost) return page_verdict::lost;
    bool first = false;
    if (page.incarnation != incarnation_) {
        requeue_unshared(page);
        // Of one log, places above what the founder knew may have been given to others since; of any other, all that it
        // holds may be new.
        known_ = std::min(known_, page.before == incarnation_ ? page.before_known : page.horizon);
        first = incarnation_.empty();
        incarnation_ = page.incarnation;
    }
    if (known_ < page.horizon) {
        if (!first) ++gaps_;
        target_.strike_all(page.horizon);
        known_ = remembered_from_ = page.horizon;
        remembered_.clear();
        remembered_bytes_ = 0;
    }
    for (const log_entry& each : page.entries)
        take_entry(each.sequence, each.previous, each.bytes);
    if (!page.whole) return page_verdict::more;
    target_.advance(page.sequence);
    return page_verdict::whole;
}

// The founder of this log knew what it knew of the one before: what came later, it must be told. Where it was founded
// out of another one than this node knows, that is anything.
void invalidation_ledger::requeue_unshared(const log_page& page) {
    if (incarnation_.empty()) return;
    const bool same = page.before == incarnation_;
    const std::uint64_t shared = same ? page.before_known : 0;
    if (same && known_ > shared && remembered_from_ > shared) {
        invalidation_record all;
        all.everything = true;
        put_in_queue(std::move(all));
        return;
    }
    for (const log_entry& each : remembered_) {
        if (each.sequence <= shared) continue;
        std::optional<invalidation_record> record = decode_invalidation(each.bytes);
        // What a newer node wrote is told as what it was taken for here.
        if (!record) record.emplace().everything = true;
        put_in_queue(*std::move(record));
    }
}

log_founding invalidation_ledger::founding(const log_page& lost, std::string incarnation, std::uint64_t now) const {
    log_founding made;
    made.instead_of = lost.incarnation;
    made.incarnation = std::move(incarnation);
    made.sequence = std::max(present(), now);
    if (incarnation_.empty()) {
        // Of what was there before, nothing is known here.
        made.last = made.sequence;
        return made;
    }
    made.last = known_;
    // Where the log has gone back, others may have added to it since then what isn't known here.
    if (lost.incarnation.empty()) {
        made.before = incarnation_;
        made.before_known = known_;
    }
    made.entries.assign(remembered_.begin(), remembered_.end());
    return made;
}

void invalidation_ledger::founded(const log_founding& made) {
    if (incarnation_.empty()) known_ = remembered_from_ = made.last;
    incarnation_ = made.incarnation;
    target_.advance(made.sequence);
}

void invalidation_ledger::appended(std::uint64_t number, std::uint64_t sequence, std::uint64_t previous) {
    const auto found =
        std::find_if(queue_.begin(), queue_.end(), [number](const queued& each) { return each.number == number; });
    if (found == queue_.end()) return;
    const std::string bytes = std::move(found->bytes);
    queue_bytes_ -= bytes.size();
    queue_.erase(found);
    // What came before it is just on its way: then this is heard after that.
    take_entry(sequence, previous, bytes);
}

invalidation_ledger::heard_verdict invalidation_ledger::hear(const heard_record& record) {
    if (record.incarnation != incarnation_ || record.bytes.empty()) return heard_verdict::lost;
    return take_entry(record.sequence, record.previous, record.bytes);
}

invalidation_ledger::heard_verdict invalidation_ledger::take_entry(std::uint64_t sequence, std::uint64_t previous,
                                                                   std::string_view bytes) {
    if (sequence <= known_) return heard_verdict::known;
    if (previous > known_) return heard_verdict::lost;
    std::optional<invalidation_record> record = decode_invalidation(bytes);
    // Of a newer node, or damaged: it may have been anything.
    if (!record) record.emplace().everything = true;
    record->sequence = sequence;
    record->previous = previous;
    if (record->everything)
        target_.strike_all(sequence);
    else
        target_.apply(*record);
    known_ = sequence;
    remember(sequence, previous, bytes);
    if (record->issuer == name_) drop(record->number);
    return heard_verdict::applied;
}

void invalidation_ledger::remember(std::uint64_t sequence, std::uint64_t previous, std::string_view bytes) {
    remembered_.push_back({sequence, previous, std::string(bytes)});
    remembered_bytes_ += bytes.size();
    while (!remembered_.empty() &&
           (remembered_.size() > limits_.remembered || remembered_bytes_ > limits_.remembered_bytes))
        forget_first();
}

void invalidation_ledger::forget_first() {
    remembered_from_ = remembered_.front().sequence;
    remembered_bytes_ -= remembered_.front().bytes.size();
    remembered_.pop_front();
}

}  // namespace nearside::cache
