#include "cache/invalidation_ledger.h"

#include "cache/moment.h"
#include "cache/tag_epochs.h"
#include "tests/unit/cache/tag_order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace nearside::cache {
namespace {

// A node's own epochs, as proxy/invalidator uses them.
class node_target final : public invalidation_target {
public:
    void apply(const invalidation_record& record) override { epochs.apply(record.order, record.sequence); }
    void strike_all(std::uint64_t sequence) override { epochs.strike_all(sequence); }
    void advance(std::uint64_t sequence) override { epochs.advance(sequence); }
    std::uint64_t present() const override { return sequence_of(epochs.now()); }

    invalidation fate(const std::string& tag, std::uint64_t stamp) const {
        entry made;
        made.key = "k";
        made.stamp = stamp;
        auto extras = std::make_unique<entry_extras>();
        extras->tags = {tag};
        made.extras = std::move(extras);
        return epochs.fate_of(made, {});
    }

    tag_epochs epochs{1'000};
};

// What the scripts do in Redis (cache/invalidation_scripts.h).
struct fake_log {
    std::string incarnation, before;
    std::uint64_t sequence = 0, last = 0, before_known = 0;
    std::size_t keeps = 1'000;
    std::vector<log_entry> entries;

    log_page read(const invalidation_ledger& asks, std::size_t most = 1'000) {
        log_page page;
        page.incarnation = incarnation;
        std::uint64_t known = asks.known();
        page.lost = incarnation.empty() || (incarnation == asks.incarnation() && last < known);
        if (incarnation == asks.incarnation() && !asks.last_bytes().empty() && horizon() < known) {
            const auto same = std::find_if(entries.begin(), entries.end(),
                                           [known](const log_entry& each) { return each.sequence == known; });
            page.lost = page.lost || same == entries.end() || same->bytes != asks.last_bytes();
        }
        if (page.lost) return page;
        if (incarnation != asks.incarnation())
            known = before == asks.incarnation() && !before.empty() ? std::min(known, before_known) : 0;
        sequence = std::max(sequence, asks.present());
        page.sequence = sequence;
        page.horizon = horizon();
        page.before = before;
        page.before_known = before_known;
        for (const log_entry& each : entries) {
            if (each.sequence > known && page.entries.size() < most) page.entries.push_back(each);
        }
        page.whole = page.entries.size() < most;
        return page;
    }
    std::uint64_t horizon() const { return entries.empty() ? last : entries.front().previous; }
    std::optional<log_entry> append(const invalidation_ledger& by, const std::string& bytes) {
        if (incarnation.empty() || incarnation != by.incarnation()) return std::nullopt;
        const std::uint64_t previous = last;
        sequence = last = std::max(sequence, by.present()) + 1;
        entries.push_back({sequence, previous, bytes});
        if (entries.size() > keeps) entries.erase(entries.begin());
        return entries.back();
    }
    bool found(const log_founding& made) {
        if (incarnation != made.instead_of) return false;
        *this = {.incarnation = made.incarnation,
                 .before = made.before,
                 .sequence = made.sequence,
                 .last = made.last,
                 .before_known = made.before_known,
                 .keeps = keeps,
                 .entries = made.entries};
        return true;
    }
    void lose() { *this = {.incarnation = {}, .before = {}, .keeps = keeps, .entries = {}}; }
};

struct ledger_node {
    explicit ledger_node(const std::string& name, ledger_limits limits = {}) : ledger(name, target, limits) {}

    // As the driver does, with nothing in between.
    void read(fake_log& log, std::uint64_t now = 1'000'000, std::size_t most = 1'000) {
        for (int attempts = 0; attempts < 1'000; ++attempts) {
            const log_page page = log.read(ledger, most);
            const auto verdict = ledger.take(page);
            if (verdict == invalidation_ledger::page_verdict::whole) return;
            if (verdict == invalidation_ledger::page_verdict::more) continue;
            const auto made = ledger.founding(page, ledger.name() + std::to_string(++incarnations), now);
            if (log.found(made)) ledger.founded(made);
        }
        FAIL() << "it never ends";
    }
    std::vector<log_entry> tell(fake_log& log) {
        std::vector<log_entry> told;
        while (!ledger.waiting().empty()) {
            const auto first = ledger.waiting().front();
            const auto taken = log.append(ledger, first.bytes);
            if (!taken) {
                read(log);
                continue;
            }
            told.push_back(*taken);
            ledger.appended(first.number, taken->sequence, taken->previous);
            const bool still_waits = !ledger.waiting().empty() && ledger.waiting().front().number == first.number;
            if (still_waits) read(log);
        }
        return told;
    }
    invalidation_ledger::heard_verdict hear(const fake_log& log, const log_entry& each) {
        return ledger.hear({log.incarnation, each.sequence, each.previous, each.bytes});
    }
    std::uint64_t stamp() const { return target.epochs.now(); }
    bool serves(const std::string& tag, std::uint64_t stamp) const {
        return target.fate(tag, stamp) == invalidation::none;
    }

    node_target target;
    invalidation_ledger ledger;
    int incarnations = 0;
};

TEST(invalidation_record_test, is_read_as_it_was_written_and_nothing_else_is) {
    invalidation_record record{.issuer = "n1", .number = 7, .order = order_of("t")};
    record.order.paths = {"/a/*"};
    const std::string bytes = encode(record);
    const auto read = decode_invalidation(bytes);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->order, record.order);
    EXPECT_EQ(read->issuer, "n1");
    EXPECT_EQ(read->number, 7U);
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        EXPECT_FALSE(decode_invalidation(std::string_view(bytes).substr(0, at))) << at;
        std::string damaged = bytes;
        damaged[at] = static_cast<char>(damaged[at] ^ 1);
        EXPECT_FALSE(decode_invalidation(damaged)) << at;
    }
    EXPECT_FALSE(decode_invalidation(bytes + "x"));
}

TEST(invalidation_ledger_test, what_one_node_tells_holds_on_the_others_when_they_hear_it) {
    fake_log log;
    ledger_node a("a"), b("b");
    a.read(log);
    b.read(log);
    const std::uint64_t before = b.stamp();
    a.ledger.queue(order_of("t"));
    const auto told = a.tell(log);
    ASSERT_EQ(told.size(), 1U);
    EXPECT_TRUE(b.serves("t", before));
    EXPECT_EQ(b.hear(log, told[0]), invalidation_ledger::heard_verdict::applied);
    EXPECT_EQ(b.hear(log, told[0]), invalidation_ledger::heard_verdict::known);
    EXPECT_FALSE(b.serves("t", before));
    EXPECT_TRUE(b.serves("u", before));
    EXPECT_TRUE(b.serves("t", b.stamp()));
}

TEST(invalidation_ledger_test, a_stamp_of_one_node_means_the_same_to_another) {
    fake_log log;
    ledger_node a("a"), b("b");
    a.read(log);
    b.read(log);
    const std::uint64_t of_b = b.stamp();
    a.ledger.queue(order_of("t"));
    const auto told = a.tell(log);
    EXPECT_FALSE(a.serves("t", of_b)) << "b fetched it before it knew of the invalidation";
    b.hear(log, told[0]);
    EXPECT_TRUE(a.serves("t", b.stamp()));
}

TEST(invalidation_ledger_test, what_was_missed_is_noticed_and_read) {
    fake_log log;
    ledger_node a("a"), b("b");
    a.read(log);
    b.read(log);
    const std::uint64_t before = b.stamp();
    a.ledger.queue(order_of("t"));
    a.tell(log);
    a.ledger.queue(order_of("u"));
    const auto second = a.tell(log);
    EXPECT_EQ(b.hear(log, second[0]), invalidation_ledger::heard_verdict::lost);
    EXPECT_TRUE(b.serves("t", before));
    b.read(log);
    EXPECT_FALSE(b.serves("t", before));
    EXPECT_FALSE(b.serves("u", before));
    EXPECT_EQ(b.ledger.gaps(), 0U);
}

TEST(invalidation_ledger_test, where_the_log_does_not_reach_back_all_is_struck) {
    fake_log log{.incarnation = {}, .before = {}, .keeps = 3, .entries = {}};
    ledger_node a("a"), b("b");
    a.read(log);
    b.read(log);
    const std::uint64_t before = b.stamp();
    for (int each = 0; each < 5; ++each) {
        a.ledger.queue(order_of(std::to_string(each)));
        a.tell(log);
    }
    const std::uint64_t known_to_a = a.stamp();
    b.read(log);
    EXPECT_EQ(b.ledger.gaps(), 1U);
    EXPECT_FALSE(b.serves("whatever", before));
    EXPECT_TRUE(b.serves("whatever", known_to_a));

    ledger_node fresh("fresh");
    fresh.read(log);
    EXPECT_FALSE(fresh.serves("whatever", before));
    EXPECT_TRUE(fresh.serves("whatever", known_to_a));
}

TEST(invalidation_ledger_test, a_new_node_knows_what_the_log_holds) {
    fake_log log;
    ledger_node a("a");
    a.read(log);
    const std::uint64_t before = a.stamp();
    for (int each = 0; each < 10; ++each)
        a.ledger.queue(order_of(std::to_string(each)));
    a.tell(log);
    ledger_node fresh("fresh");
    fresh.read(log, 1'000'000, 3);
    EXPECT_FALSE(fresh.serves("0", before));
    EXPECT_FALSE(fresh.serves("9", before));
    EXPECT_TRUE(fresh.serves("other", before));
}

TEST(invalidation_ledger_test, a_log_that_was_lost_is_founded_of_what_a_node_remembers) {
    fake_log log;
    ledger_node a("a"), b("b");
    a.read(log);
    b.read(log);
    const std::uint64_t before = b.stamp();
    a.ledger.queue(order_of("t"));
    a.tell(log);
    const std::uint64_t last = a.ledger.known();
    log.lose();
    // It comes back, and b hasn't heard of the invalidation yet.
    a.read(log, 5);
    EXPECT_GE(log.sequence, last) << "whatever the clock says";
    b.read(log);
    EXPECT_EQ(b.ledger.gaps(), 0U);
    EXPECT_FALSE(b.serves("t", before));
    EXPECT_TRUE(b.serves("u", before));
}

TEST(invalidation_ledger_test, what_the_founder_did_not_know_it_is_told) {
    fake_log log;
    ledger_node a("a"), b("b");
    a.read(log);
    b.read(log);
    const std::uint64_t before = b.stamp();
    a.ledger.queue(order_of("t"));
    a.tell(log);
    log.lose();
    b.read(log);
    EXPECT_TRUE(b.serves("t", before));
    a.read(log);
    const auto told = a.tell(log);
    ASSERT_EQ(told.size(), 1U);
    b.hear(log, told[0]);
    EXPECT_FALSE(b.serves("t", before));
}

TEST(invalidation_ledger_test, a_log_that_went_back_is_founded_anew_and_loses_nothing_of_either) {
    fake_log log;
    ledger_node a("a"), b("b");
    a.read(log);
    b.read(log);
    const fake_log snapshot = log;
    const std::uint64_t before = b.stamp();
    a.ledger.queue(order_of("t"));
    a.tell(log);
    log = snapshot;
    // b is quicker: what it adds stands where a's was.
    b.ledger.queue(order_of("u"));
    b.tell(log);
    a.read(log);
    a.tell(log);
    b.read(log);
    b.tell(log);
    a.read(log);
    for (const ledger_node* each : {&a, &b}) {
        EXPECT_FALSE(each->serves("t", before)) << each->ledger.name();
        EXPECT_FALSE(each->serves("u", before)) << each->ledger.name();
    }
}

TEST(invalidation_ledger_test, what_could_not_be_told_for_long_ends_in_one_that_strikes_all) {
    fake_log log;
    ledger_node a("a", {.queued = 3}), b("b");
    a.read(log);
    b.read(log);
    const std::uint64_t before = b.stamp();
    for (int each = 0; each < 10; ++each)
        a.ledger.queue(order_of(std::to_string(each)));
    EXPECT_LE(a.ledger.waiting().size(), 3U);
    a.tell(log);
    b.read(log);
    EXPECT_FALSE(b.serves("0", before));
    EXPECT_TRUE(b.serves("0", b.stamp()));
}

TEST(invalidation_ledger_test, what_a_newer_node_wrote_strikes_all) {
    fake_log log;
    ledger_node a("a"), b("b");
    a.read(log);
    b.read(log);
    const std::uint64_t before = b.stamp();
    const auto told = log.append(a.ledger, "something newer");
    ASSERT_TRUE(told);
    EXPECT_EQ(b.hear(log, *told), invalidation_ledger::heard_verdict::applied);
    EXPECT_FALSE(b.serves("whatever", before));
}

// Whatever happens to Redis, to messages and to nodes: when all nodes that live have read the log and have nothing left
// to tell, no copy made before an invalidation is served by any of them after it.
TEST(invalidation_ledger_test, nothing_invalidated_survives_any_fault) {
    for (std::uint32_t seed = 0; seed < 400; ++seed) {
        std::mt19937 random(seed);
        const auto draw = [&](std::uint32_t most) { return static_cast<std::size_t>(random() % most); };
        fake_log log;
        log.keeps = 5 + draw(50);
        fake_log snapshot = log;
        std::vector<std::unique_ptr<ledger_node>> nodes;
        const ledger_limits limits{.remembered = 3 + draw(100), .queued = 2 + draw(20)};
        for (const char* name : {"a", "b", "c"})
            nodes.push_back(std::make_unique<ledger_node>(name, limits));
        std::vector<log_entry> heard;
        std::uint64_t clock = 1'000'000;

        // Copies: of what tag, by whom, with what stamp, and how many invalidations of that tag it was read after.
        struct copy {
            std::string tag;
            std::uint64_t stamp;
            int version;
            std::size_t made_by;
            bool travels;
        };
        std::vector<copy> copies;
        std::map<std::string, int> versions;
        std::set<std::size_t> in_step;
        bool up = true;
        const auto join = [&](std::size_t which) {
            nodes[which]->read(log, ++clock);
            for (const log_entry& each : nodes[which]->tell(log))
                heard.push_back(each);
            in_step.insert(which);
        };
        std::map<std::size_t, std::uint64_t> since;
        const int steps = 60;
        for (int step = 0; step < steps; ++step) {
            const std::size_t which = draw(3);
            ledger_node& it = *nodes[which];
            const std::string tag = std::to_string(draw(4));
            switch (draw(9)) {
                case 0:
                case 1: {
                    // An invalidation: by the log where it is there, else here at once.
                    ++versions[tag];
                    it.ledger.queue(order_of(tag));
                    if (up && in_step.contains(which)) {
                        join(which);
                    } else {
                        it.target.epochs.invalidate(order_of(tag));
                    }
                    break;
                }
                case 2:
                case 3:
                case 4: {
                    const bool travels = up && in_step.contains(which) && it.stamp() >= since[which];
                    copies.push_back({tag, it.stamp(), versions[tag], which, travels});
                    break;
                }
                case 5:
                    for (std::size_t each = 0; each < nodes.size() && up; ++each) {
                        if (in_step.contains(each) && draw(2) == 0) {
                            join(each);
                            since[each] = std::max(since[each], std::uint64_t{0});
                        }
                    }
                    break;
                case 6:
                    // Redis goes away, and comes back with all, some or nothing.
                    up = !up;
                    in_step.clear();
                    if (up && draw(2) == 0) {
                        log.lose();
                        // What it held is gone as well.
                        for (copy& each : copies)
                            each.travels = false;
                    }
                    break;
                case 7:
                    if (up && !in_step.contains(which)) {
                        join(which);
                        since[which] = it.stamp();
                    }
                    break;
                default:
                    if (draw(6) == 0) {
                        // A node dies: with it goes what it hasn't told, which nobody was promised elsewhere.
                        if (!it.ledger.waiting().empty() || !in_step.contains(which)) break;
                        nodes[which] = std::make_unique<ledger_node>(it.ledger.name() + "'", limits);
                        in_step.erase(which);
                        since.erase(which);
                        std::erase_if(copies,
                                      [which](const copy& each) { return each.made_by == which && !each.travels; });
                        for (copy& each : copies) {
                            if (each.made_by == which) each.made_by = 99;
                        }
                    }
                    break;
            }
        }
        up = true;
        for (int round = 0; round < 3; ++round) {
            for (std::size_t each = 0; each < nodes.size(); ++each)
                join(each);
        }
        for (const copy& each : copies) {
            if (each.version == versions[each.tag]) continue;
            for (std::size_t reader = 0; reader < nodes.size(); ++reader) {
                if (!each.travels && reader != each.made_by) continue;
                EXPECT_FALSE(nodes[reader]->serves(each.tag, each.stamp))
                    << "seed " << seed << ", read by " << reader << ", made by " << each.made_by << ", stamp "
                    << sequence_of(each.stamp) << "+" << (each.stamp & 0xfffff);
            }
        }
        if (HasFailure()) break;
    }
}

}  // namespace
}  // namespace nearside::cache
