#include "cache/redis_pipeline.h"

#include <algorithm>

namespace nearside::cache {

namespace {

const redis_command& asking_command() {
    static const redis_command asking("", {"ASKING"});
    return asking;
}

}  // namespace

bool redis_pipeline::has_room_for(const redis_command& command) const noexcept {
    return size() < most_commands_ && (waiting_.empty() || waiting_bytes_ + command.bytes() <= most_waiting_bytes);
}

bool redis_pipeline::push(std::shared_ptr<const redis_command> command, bool asking, steady_time deadline,
                          redis_done done) {
    if (!has_room_for(*command)) return false;
    const std::uint64_t number = next_number_++;
    ++live_waiting_;
    waiting_bytes_ += command->bytes();
    waiting_.push_back({number, std::move(command), asking, std::move(done)});
    deadlines_.push({deadline, number});
    return true;
}

void redis_pipeline::drop_waiting_bytes(call& given_up) noexcept {
    --live_waiting_;
    waiting_bytes_ -= given_up.command->bytes();
    given_up.command.reset();
}

std::vector<slice> redis_pipeline::take(std::size_t most_bytes, steady_time now) {
    redis_batch batch;
    while (!waiting_.empty() && batch.bytes() < most_bytes) {
        call next = std::move(waiting_.front());
        waiting_.pop_front();
        if (next.command == nullptr) continue;
        if (next.asking) batch.add(asking_command());
        batch.add(*next.command);
        drop_waiting_bytes(next);
        next.sent_at = now;
        sent_.push_back(std::move(next));
    }
    return batch.take();
}

redis_pipeline::answer redis_pipeline::answered(steady_time now) {
    heard(now);
    if (sent_.empty()) return {};
    if (sent_.front().asking && !std::exchange(asking_answered_, true)) return {{}, true};
    asking_answered_ = false;
    answer found{std::move(sent_.front().done), true};
    sent_.pop_front();
    return found;
}

redis_pipeline::call* redis_pipeline::find(std::uint64_t number) noexcept {
    for (std::deque<call>* each : {&sent_, &waiting_}) {
        const auto at = std::lower_bound(each->begin(), each->end(), number,
                                         [](const call& left, std::uint64_t right) { return left.number < right; });
        if (at != each->end() && at->number == number) return &*at;
    }
    return nullptr;
}

bool redis_pipeline::settled(std::uint64_t number) noexcept {
    const call* found = find(number);
    return found == nullptr || !found->done;
}

redis_pipeline::expired redis_pipeline::expire(steady_time now) {
    expired over;
    for (; !deadlines_.empty() && deadlines_.top().when <= now; deadlines_.pop()) {
        call* found = find(deadlines_.top().number);
        if (found == nullptr || !found->done) continue;
        over.done.push_back(std::exchange(found->done, {}));
        if (found->command != nullptr) {
            drop_waiting_bytes(*found);
        } else {
            ++over.sent;
        }
    }
    while (!waiting_.empty() && waiting_.front().command == nullptr)
        waiting_.pop_front();
    return over;
}

std::optional<steady_time> redis_pipeline::next_deadline() {
    while (!deadlines_.empty() && settled(deadlines_.top().number))
        deadlines_.pop();
    std::optional<steady_time> next;
    if (!deadlines_.empty()) next = deadlines_.top().when;
    if (!sent_.empty()) {
        const steady_time silent_at = std::max(heard_, sent_.front().sent_at) + longest_silence;
        next = next ? std::min(*next, silent_at) : silent_at;
    }
    return next;
}

bool redis_pipeline::silent(steady_time now) const noexcept {
    return !sent_.empty() && now - std::max(heard_, sent_.front().sent_at) >= longest_silence;
}

std::vector<redis_done> redis_pipeline::drop_sent() {
    std::vector<redis_done> dropped;
    for (call& each : sent_) {
        if (each.done) dropped.push_back(std::move(each.done));
    }
    sent_.clear();
    asking_answered_ = false;
    return dropped;
}

std::vector<redis_done> redis_pipeline::drop_all() {
    std::vector<redis_done> dropped = drop_sent();
    for (call& each : waiting_) {
        if (each.done) dropped.push_back(std::move(each.done));
    }
    waiting_.clear();
    live_waiting_ = 0;
    waiting_bytes_ = 0;
    return dropped;
}

}  // namespace nearside::cache
