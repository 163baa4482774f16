#include "cache/redis_reader.h"

#include "cache/entry_codec.h"
#include "cache/within.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace nearside::cache {

namespace asio = boost::asio;

namespace {

// Unpacking what is larger takes longer than handing it to a worker does.
constexpr std::uint64_t most_unpacked_here = 64 * 1024;

using parts_ptr = std::shared_ptr<const redis_store_parts>;

// What is left until then; none: it is too late.
milliseconds left_until(steady_time deadline, const clock& time) {
    return std::max(milliseconds{0}, std::chrono::ceil<milliseconds>(deadline - time.steady_now()));
}

tier_miss miss_of(const error& failure) noexcept {
    return failure == errc::redis_timeout ? tier_miss::timed_out : tier_miss::unavailable;
}

tier_result<buffer> bulk_of(result<redis_reply> reply) {
    if (!reply) return miss_of(reply.error());
    if (reply->is_nil()) return tier_miss::absent;
    if (!reply->is(redis_reply::kind::bulk)) return tier_miss::not_ours;
    return std::move(reply->bytes);
}

asio::awaitable<tier_result<buffer>> get(parts_ptr parts, std::string name, milliseconds time) {
    redis_command command(name, {"GET", name});
    result<redis_reply> reply = co_await parts->redis->run(std::move(command), time);
    tier_result<buffer> bytes = bulk_of(std::move(reply));
    if (bytes) parts->meters.read_bytes.add(bytes->size());
    co_return bytes;
}

// Some chunks from `first` on. They go by the lane of what is large, behind which no small answer waits.
asio::awaitable<std::vector<result<redis_reply>>> get_chunks(parts_ptr parts, std::string key, std::uint64_t generation,
                                                             std::uint32_t first, std::uint32_t end,
                                                             milliseconds time) {
    std::vector<redis_command> commands;
    for (std::uint32_t number = first; number < end; ++number) {
        const std::string name = parts->keys.chunk(key, generation, number);
        commands.emplace_back(name, std::initializer_list<std::string_view>{"GET", name});
        commands.back().lane = redis_lane::background;
    }
    co_return co_await parts->redis->run_all(std::move(commands), time);
}

// On a worker.
asio::awaitable<tier_result<found_entry>> read_content(parts_ptr parts, std::string key,
                                                       std::shared_ptr<entry_decoder> decoder, steady_time deadline) {
    const std::uint32_t count = decoder->chunks();
    for (std::uint32_t first = 0; first < count;) {
        const auto at_once = static_cast<std::uint32_t>(parts->limits.chunks_at_once);
        const std::uint32_t end = std::min(count, first + at_once);
        const milliseconds left = left_until(deadline, parts->time);
        if (left == milliseconds{0}) co_return tier_miss::timed_out;
        auto replies = co_await get_chunks(parts, key, decoder->generation(), first, end, left);
        for (result<redis_reply>& reply : replies) {
            const tier_result<buffer> chunk = bulk_of(std::move(reply));
            if (!chunk) co_return chunk.error() == tier_miss::absent ? tier_miss::chunk_missing : chunk.error();
            parts->meters.read_bytes.add(chunk->size());
            const tier_miss refused = decoder->take_chunk(chunk->view());
            if (refused != tier_miss::none) co_return refused;
        }
        first = end;
    }
    tier_result<std::shared_ptr<entry>> made = decoder->finish();
    if (!made) co_return made.error();
    co_return found_entry{*std::move(made), decoder->packed()};
}

struct deadlines {
    steady_time whole, for_content;
};

// `generation`: of the chunks that were looked for; stays zero where there are none.
asio::awaitable<tier_result<found_entry>> try_to_read(parts_ptr parts, std::string key, deadlines until,
                                                      wall_time newer_than, std::uint64_t& generation) {
    const milliseconds time = left_until(until.whole, parts->time);
    if (time == milliseconds{0}) co_return tier_miss::timed_out;
    tier_result<buffer> manifest = co_await get(parts, parts->keys.manifest(key), time);
    if (!manifest) co_return manifest.error();
    tier_result<entry_decoder> started = entry_decoder::start(*std::move(manifest), key, parts->limits.entry_bytes);
    if (!started) co_return started.error();
    if (started->born() <= newer_than) co_return tier_miss::not_newer;
    generation = started->generation();
    if (started->chunks() == 0 && started->content_bytes() <= most_unpacked_here) {
        tier_result<std::shared_ptr<entry>> made = started->finish();
        if (!made) co_return made.error();
        co_return found_entry{*std::move(made), {}};
    }
    auto decoder = std::make_shared<entry_decoder>(*std::move(started));
    const milliseconds left = left_until(until.for_content, parts->time);
    auto job = read_content(parts, key, std::move(decoder), until.for_content);
    std::optional<tier_result<found_entry>> made = co_await within(left, parts->workers, std::move(job));
    co_return made ? *std::move(made) : tier_miss::timed_out;
}

}  // namespace

asio::awaitable<tier_result<found_entry>> read_entry(parts_ptr parts, std::string key, redis_find_time time,
                                                     wall_time newer_than) {
    const steady_time asked = parts->time.steady_now();
    const deadlines until{asked + time.whole, asked + std::max(time.whole, time.for_content)};
    std::uint64_t generation = 0;
    tier_result<found_entry> found = co_await try_to_read(parts, key, until, newer_than, generation);
    if (!found && found.error() == tier_miss::chunk_missing) {
        // A newer version has taken its place in the meantime, or its chunks are gone: then the manifest is the same.
        std::uint64_t newer = 0;
        tier_result<found_entry> again = co_await try_to_read(parts, key, until, newer_than, newer);
        if (newer != generation) found = std::move(again);
    }
    parts->meters.read(found ? tier_miss::none : found.error()).add();
    if (found) {
        const std::chrono::duration<double> took = parts->time.steady_now() - asked;
        parts->meters.read_seconds.observe(took.count());
    }
    co_return found;
}

asio::awaitable<tier_result<buffer>> read_text(parts_ptr parts, std::string name, milliseconds time) {
    return get(std::move(parts), std::move(name), time);
}

}  // namespace nearside::cache
