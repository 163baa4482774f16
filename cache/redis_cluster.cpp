#include "cache/redis_cluster.h"

#include "cache/redis_answers.h"
#include "cache/redis_now.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace nearside::cache {

namespace asio = boost::asio;

redis_cluster::redis_cluster(redis_nodes_parts parts)
    : parts_(std::move(parts)),
      home_slot_(redis_slot_of(parts_.dialer->settings().prefix)),
      refresh_timer_(parts_.home),
      parked_timer_(parts_.home) {}

void redis_cluster::start() {
    hopeless_at_ = redis_now() + redis_link::longest_hope;
    asio::co_spawn(parts_.home, keep_refreshed(shared_from_this()), asio::detached);
}

void redis_cluster::send(redis_call call) {
    const std::uint16_t slot = call.command->key.empty() ? home_slot_ : redis_slot_of(call.command->key);
    try_now({std::move(call), slot});
}

void redis_cluster::try_now(attempt what) {
    if (const redis_endpoint* owner = table_.owner(what.slot)) return send_to(*owner, false, std::move(what));
    // Before the first look at the topology it may be known in time; after it there is nobody to ask.
    if (!looked_ && !stopped_ && redis_now() < hopeless_at_) return park(std::move(what), refresh_pause);
    want_refresh();
    const error why = table_.known() ? error{errc::redis_unavailable, "no node holds the slot"} : failure_;
    asio::post(parts_.home, [done = std::move(what.call.done), why] { done(why); });
}

void redis_cluster::send_to(const redis_endpoint& to, bool asking, attempt what) {
    const auto link = lanes_to(to).lane(what.call.command->lane);
    const auto command = what.call.command;
    const steady_time deadline = what.call.deadline;
    link->submit(command, asking, deadline,
                 [self = shared_from_this(), from = to, what = std::move(what)](result<redis_reply> got) mutable {
                     self->on_answer(from, std::move(what), std::move(got));
                 });
}

void redis_cluster::on_answer(const redis_endpoint& from, attempt what, result<redis_reply> got) {
    if (!got && got.error() == errc::redis_unavailable) want_refresh();
    const std::string_view code = got ? redis_error_code(*got) : std::string_view{};
    if (stopped_ || code.empty() || redis_now() >= what.call.deadline) return what.call.done(std::move(got));

    if (code == "MOVED" || code == "ASK") {
        const auto redirected = parse_redirection(got->text(), from.host);
        if (!redirected || ++what.redirections > most_redirections) return what.call.done(std::move(got));
        if (code == "ASK") return send_to(redirected->to, true, std::move(what));
        table_.assign(redirected->slot, redirected->to);
        want_refresh();
        return send_to(redirected->to, false, std::move(what));
    }
    // Keys of one command on both sides of a migration; no majority, or a slot without an owner.
    if (code == "TRYAGAIN") return park(std::move(what), retry_pause);
    if (code == "CLUSTERDOWN") {
        want_refresh();
        return park(std::move(what), retry_pause);
    }
    what.call.done(std::move(got));
}

void redis_cluster::park(attempt what, milliseconds pause) {
    if (parked_.size() >= parts_.dialer->settings().max_queue) {
        const error why{errc::redis_unavailable, "too many commands are under way"};
        asio::post(parts_.home, [done = std::move(what.call.done), why] { done(why); });
        return;
    }
    parked_.push_back({std::move(what), redis_now() + pause});
    arm_parked();
}

void redis_cluster::arm_parked() {
    if (parked_armed_ || parked_.empty()) return;
    parked_armed_ = true;
    steady_time next = steady_time::max();
    for (const parked& each : parked_)
        next = std::min({next, each.again, each.what.call.deadline});
    parked_timer_.expires_at(next);
    parked_timer_.async_wait([self = shared_from_this()](const boost::system::error_code&) {
        self->parked_armed_ = false;
        self->unpark(redis_now());
    });
}

void redis_cluster::unpark(steady_time due) {
    const steady_time at = redis_now();
    for (parked& each : std::exchange(parked_, {})) {
        if (stopped_) {
            each.what.call.done(error{errc::redis_unavailable, "shutting down"});
        } else if (each.what.call.deadline <= at) {
            each.what.call.done(error{errc::redis_timeout, "the cluster didn't settle in time"});
        } else if (each.again <= due) {
            try_now(std::move(each.what));
        } else {
            parked_.push_back(std::move(each));
        }
    }
    arm_parked();
}

const redis_lanes& redis_cluster::lanes_to(const redis_endpoint& node) {
    const node_name name(node.host, node.port);
    const auto found = nodes_.find(name);
    if (found != nodes_.end()) return found->second;
    redis_nodes_parts parts = parts_;
    parts.on_change = [self = weak_from_this()] {
        const auto here = self.lock();
        if (here == nullptr || here->stopped_) return;
        if (here->parts_.on_change) here->parts_.on_change();
        // Whoever is down may have been replaced.
        const auto down = [](const auto& each) {
            return each.second.request != nullptr && each.second.request->now_in() == redis_link::state::down;
        };
        if (std::any_of(here->nodes_.begin(), here->nodes_.end(), down)) here->want_refresh();
    };
    const auto fixed = [](redis_endpoint to) -> asio::awaitable<result<redis_endpoint>> { co_return to; };
    return nodes_
        .emplace(name, redis_lanes::start(
                           parts, [node, fixed] { return fixed(node); }, redis_dialer::peer::server))
        .first->second;
}

bool redis_cluster::available() const {
    return std::any_of(nodes_.begin(), nodes_.end(), [](const auto& each) { return each.second.request->good(); });
}

std::optional<error> redis_cluster::failure() const {
    for (const auto& [name, lanes] : nodes_) {
        if (auto why = lanes.request->failure()) return why;
    }
    return nodes_.empty() && looked_ ? std::optional(failure_) : std::nullopt;
}

asio::awaitable<result<redis_endpoint>> redis_cluster::home_node() {
    if (const redis_endpoint* owner = table_.owner(home_slot_)) co_return *owner;
    co_return failure_;
}

void redis_cluster::want_refresh() {
    refresh_wanted_ = true;
    if (resting_) refresh_timer_.cancel();
}

asio::awaitable<void> redis_cluster::keep_refreshed(std::shared_ptr<redis_cluster> self) {
    while (!self->stopped_) {
        self->refresh_wanted_ = false;
        const bool refreshed = co_await self->refresh();
        if (self->stopped_) break;
        self->looked_ = true;
        self->unpark(steady_time::max());
        milliseconds wait = refresh_pause;
        if (refreshed) {
            self->backoff_ = {};
        } else {
            self->refresh_wanted_ = true;
            const double share = std::uniform_real_distribution<double>(0, 1)(self->random_);
            wait = std::max(wait, self->backoff_.failed(redis_now(), share));
            if (self->parts_.on_change) self->parts_.on_change();
        }
        co_await self->pause(wait);
        if (self->stopped_ || self->refresh_wanted_) continue;
        self->resting_ = true;
        co_await self->pause(refresh_every);
        self->resting_ = false;
    }
}

asio::awaitable<void> redis_cluster::pause(milliseconds wait) {
    refresh_timer_.expires_after(wait);
    const auto [woken] = co_await refresh_timer_.async_wait(asio::as_tuple(asio::use_awaitable));
    static_cast<void>(woken);
}

asio::awaitable<bool> redis_cluster::refresh() {
    // Those that answer first, then all that are known, then those of the settings.
    std::vector<redis_endpoint> asked;
    const auto consider = [&asked](const redis_endpoint& node) {
        if (std::find(asked.begin(), asked.end(), node) == asked.end()) asked.push_back(node);
    };
    for (const bool good : {true, false}) {
        for (const auto& [name, lanes] : nodes_) {
            if (lanes.request->good() == good) consider({name.first, name.second});
        }
    }
    for (const redis_endpoint& each : parts_.dialer->settings().endpoints)
        consider(each);
    for (const redis_endpoint& each : asked) {
        auto table = co_await ask(each);
        if (stopped_) co_return false;
        if (table) {
            adopt(std::move(*table));
            co_return true;
        }
        failure_ = table.error();
    }
    co_return false;
}

asio::awaitable<result<redis_slot_table>> redis_cluster::ask(redis_endpoint node) {
    const auto connection = asking_ = std::make_shared<redis_connection>(parts_.home);
    const auto opened = co_await parts_.dialer->open(connection, node, redis_dialer::peer::server);
    if (!opened) co_return opened.error();
    const redis_connection::time_limit limit(connection, redis_now() + parts_.dialer->settings().command_timeout);
    std::vector<redis_command> question;
    question.push_back(redis_command("", {"CLUSTER", "SLOTS"}));
    const auto replies = co_await connection->ask(std::move(question));
    connection->close();
    if (!replies) co_return replies.error();
    if (replies->front().is_error()) co_return error_of(replies->front());
    auto table = redis_slot_table::parse(replies->front(), node.host);
    if (!table) co_return error{errc::redis_unavailable, "a node of the cluster doesn't know who holds its slots"};
    co_return std::move(*table);
}

void redis_cluster::adopt(redis_slot_table table) {
    const redis_endpoint* before = table_.owner(home_slot_);
    const redis_endpoint* after = table.owner(home_slot_);
    const bool home_moved = before != nullptr && (after == nullptr || *before != *after);
    table_ = std::move(table);
    const std::vector<redis_endpoint> owners = table_.owners();
    for (const redis_endpoint& each : owners)
        lanes_to(each);
    std::erase_if(nodes_, [&owners](const auto& each) {
        const redis_endpoint node{each.first.first, each.first.second};
        const bool owner = std::find(owners.begin(), owners.end(), node) != owners.end();
        if (owner || !each.second.idle()) return false;
        each.second.stop();
        return true;
    });
    if (parts_.on_change) parts_.on_change();
    if (home_moved && parts_.on_move) parts_.on_move();
}

void redis_cluster::stop() {
    stopped_ = true;
    if (asking_ != nullptr) asking_->close();
    refresh_timer_.cancel();
    for (const auto& [name, lanes] : nodes_)
        lanes.stop();
    parked_timer_.cancel();
}

std::shared_ptr<redis_nodes> redis_cluster_nodes(redis_nodes_parts parts) {
    auto made = std::make_shared<redis_cluster>(std::move(parts));
    made->start();
    return made;
}

}  // namespace nearside::cache
