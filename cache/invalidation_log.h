// Keeps this node in step with the log of invalidations in Redis: hears what other nodes invalidate, reads what it may
// have missed, tells what was invalidated here, and waits until others hold it too. Decides nothing that
// cache/invalidation_ledger doesn't. Without Redis, nothing waits: what is told then holds here, and is told when Redis
// is back. Owned by main, shared with what runs for it; all work is done on `home`, one thread's executor.
#pragma once

#include "cache/confirmation_sender.h"
#include "cache/invalidation_ledger.h"
#include "cache/invalidation_meters.h"
#include "cache/node_roll.h"
#include "cache/redis_commands.h"
#include "cache/redis_keys.h"
#include "cache/redis_script.h"
#include "cache/redis_subscription.h"
#include "cache/tier_gate.h"
#include "core/clock.h"
#include "core/log.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace nearside::cache {

struct invalidation_confirmation {
    bool in_log = false;      // told to the others: it holds here from then on. False: the caller has to see to that
    std::uint32_t nodes = 1;  // that listen or have read the log lately, this one included
    std::uint32_t confirmed = 1;  // of them, those on which it holds
    std::string trouble{};        // why it may not hold everywhere
};

struct invalidation_log_limits {
    std::uint64_t records = 100'000;                        // that the log keeps
    std::uint64_t bytes = std::uint64_t{64} * 1024 * 1024;  // of them
    std::size_t told_at_once = 32;
    std::size_t read_at_once = 1'000;
    milliseconds tell_timeout{500};
    milliseconds read_timeout{2'000};
    milliseconds look_pause{1'000};  // how often the log is looked at, whatever is heard
    milliseconds gone_after{3'000};  // a node that hasn't looked for so long is waited for no more
    milliseconds retry_pause{100};   // after Redis failed
    std::size_t nodes = 10'000;      // whose confirmations are remembered
};

class invalidation_log : public std::enable_shared_from_this<invalidation_log> {
public:
    struct parts {
        boost::asio::any_io_executor home;
        std::shared_ptr<redis_commands> redis;
        redis_keys keys;
        std::string name;  // this node's, which no other has
        std::function<std::shared_ptr<redis_subscription>(std::vector<std::string> channels,
                                                          redis_subscription_events events)>
            subscribe;
        invalidation_target* target = nullptr;  // outlives this
        tier_gate* gate = nullptr;              // the same
        std::function<std::uint64_t()> moment;  // tag_epochs::now()
        const clock* time = nullptr;
        std::function<std::uint64_t()> random;
        logger* log = nullptr;
        std::function<void()> on_step{};  // the gate has just opened; on `home`
        std::function<void()> on_left{};  // nobody waits for this node any more, or Redis can't be told; on `home`
        invalidation_meters meters;
        invalidation_log_limits limits{};
        ledger_limits of_ledger{};
    };

    static std::shared_ptr<invalidation_log> start(parts given);
    explicit invalidation_log(parts given);

    // Any thread; resumes within `limit`, on the caller's executor, when it holds everywhere or can't be made to. It is
    // told to the others later, where it couldn't be now.
    static boost::asio::awaitable<invalidation_confirmation> tell(std::shared_ptr<invalidation_log> self,
                                                                  invalidation_order order, milliseconds limit);

    // Any thread; twice is fine. Nothing is applied after it was carried out on `home`.
    void stop();

private:
    // Each as it is, and as Redis 7 runs it though its memory is full.
    struct script {
        explicit script(std::string_view text);
        redis_script_ptr plain, though_full;
    };
    // One who waits for an order of his own to hold everywhere.
    struct waiter {
        explicit waiter(const boost::asio::any_io_executor& home) : wake(home) {}

        boost::asio::steady_timer wake;
        std::uint64_t sequence = 0;  // 0: not in the log yet
        node_roll::awaited whom{};
        bool given_up = false;
        std::string why{};
    };

    // What the ledger applies goes to the target, and is owed a confirmation.
    class applier final : public invalidation_target {
    public:
        explicit applier(invalidation_log& of) : of_(of) {}
        void apply(const invalidation_record& record) override;
        void strike_all(std::uint64_t sequence) override;
        void advance(std::uint64_t sequence) override;
        std::uint64_t present() const override;

    private:
        invalidation_log& of_;
    };

    static boost::asio::awaitable<void> run(std::shared_ptr<invalidation_log> self);
    static boost::asio::awaitable<invalidation_confirmation> tell_here(std::shared_ptr<invalidation_log> self,
                                                                       invalidation_order order, milliseconds limit);
    void subscribe();
    boost::asio::awaitable<bool> read();
    boost::asio::awaitable<bool> found(log_page lost);
    boost::asio::awaitable<bool> tell_waiting();
    boost::asio::awaitable<std::vector<result<redis_reply>>> run_all(script what, std::vector<redis_script::call> calls,
                                                                     milliseconds timeout);
    boost::asio::awaitable<result<redis_reply>> run(script what, redis_script::call call);
    bool take_appended(std::uint64_t number, const result<redis_reply>& reply);
    boost::asio::awaitable<void> sleep(milliseconds time);
    boost::asio::awaitable<void> leave();

    void hear(std::string_view channel, std::string_view payload);
    void step_in();
    void fall_out(std::string_view why);
    // Besides, who waits for what the log doesn't hold yet waits no longer.
    void give_up(std::string_view why);
    void let_go(std::string_view why);
    std::string why_not_told() const;
    void look_at_waiters();
    bool holds_here(const waiter& who) const { return who.sequence != 0 && ledger_.known() >= who.sequence; }
    std::uint32_t confirmed(const waiter& who) const;
    std::vector<std::string> keys() const { return {stream_, hash_, nodes_}; }

    parts parts_;
    applier applier_;
    invalidation_ledger ledger_;
    const std::string stream_, hash_, nodes_, channel_, own_channel_;
    const script append_, read_, found_;
    const std::shared_ptr<confirmation_sender> confirmations_;
    std::shared_ptr<redis_subscription> subscription_;
    boost::asio::steady_timer wake_;
    bool stopped_ = false;
    bool up_ = false;        // messages are heard
    bool must_read_ = true;  // something may have been missed
    bool in_step_ = false;
    bool trouble_told_ = false;
    steady_time looked_{};
    std::string why_{"Redis has not been reached yet"};
    node_roll roll_;
    std::map<std::uint64_t, std::shared_ptr<waiter>> waiters_;  // by number
};

}  // namespace nearside::cache
