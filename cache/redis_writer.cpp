#include "cache/redis_writer.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <exception>
#include <utility>
#include <vector>

namespace nearside::cache {

namespace asio = boost::asio;

namespace {

// Sets a manifest unless a newer one of this codec's version stands there, and answers what stood there: without its
// chunks' names they would stay until their time is over. Newer is what knows of later invalidations, and of two that
// know the same, what was read later; a birth in the future (of a clock that is wrong) outranks nothing.
constexpr std::string_view set_manifest = R"(
local old = redis.pcall('GETRANGE', KEYS[1], 0, 39)
if type(old) ~= 'string' or #old < 40 or string.sub(old, 1, 6) ~= string.sub(ARGV[1], 1, 6) then
  old = ''
else
  local old_born, old_stamp = struct.unpack('<i8I8', old, 9)
  local born, stamp = struct.unpack('<i8I8', ARGV[1], 9)
  if old_stamp > stamp or (old_stamp == stamp and old_born > born and old_born <= tonumber(ARGV[2])) then
    return {0, old}
  end
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3])
return {1, old}
)";

static_assert(manifest_prologue::size == 40, "the script reads it");

// Chunks outlive their manifest, so that who has just read it finds them.
constexpr milliseconds chunks_longer{30'000};
constexpr milliseconds texts_in_redis = std::chrono::days{30};
constexpr std::uint32_t dropped_at_once = 256;

}  // namespace

redis_writer::redis_writer(std::shared_ptr<const redis_store_parts> parts)
    : parts_(std::move(parts)), queue_(parts_->limits.waiting) {}

void redis_writer::push(redis_write one) {
    const bool erases = one.what == redis_write::kind::erase;
    entry_ptr of = one.of;
    bool starts = false, dropped = false;
    {
        const std::lock_guard lock(mutex_);
        if (stopped_) return;
        if (erases) {
            ++erasures_;
            last_erased_.push_back(one.key);
            if (last_erased_.size() > most_remembered_erasures) last_erased_.pop_front();
        }
        // What can't be written now is outdated when it can. An erasure isn't, and what waits gives way to what is
        // newer.
        const redis_write_queue::pending waits = queue_.of_entry(one.key);
        const bool queues = erases || waits.erased || waits.newest || parts_->redis->available();
        const auto pushed = queues ? queue_.push(std::move(one)) : redis_write_queue::pushed::dropped;
        if (pushed == redis_write_queue::pushed::dropped) {
            parts_->meters.wrote(redis_wrote::dropped).add();
            dropped = true;
        } else {
            starts = writers_ < parts_->limits.writers;
        }
        // What an erasure took the place of won't be written, and somebody may wait for that.
        if (erases && pushed == redis_write_queue::pushed::replaced && waits.newest) {
            of = waits.newest;
            dropped = true;
        }
        if (starts) ++writers_;
    }
    if (dropped && of && parts_->written) parts_->written(*of, redis_wrote::dropped);
    if (starts) asio::co_spawn(parts_->workers, run(shared_from_this()), asio::detached);
}

redis_write_queue::pending redis_writer::of_entry(std::string_view key) const {
    const std::lock_guard lock(mutex_);
    return queue_.of_entry(key);
}

std::uint64_t redis_writer::erasures() const {
    const std::lock_guard lock(mutex_);
    return erasures_;
}

bool redis_writer::erased_after(std::uint64_t erasures, std::string_view key) const {
    const std::lock_guard lock(mutex_);
    const std::uint64_t since = erasures_ - erasures;
    if (since > last_erased_.size()) return true;
    const auto first = last_erased_.end() - static_cast<std::ptrdiff_t>(since);
    return std::find(first, last_erased_.end(), key) != last_erased_.end();
}

void redis_writer::knows_chunks(const entry& of, const packed_content& packed) {
    const std::lock_guard lock(mutex_);
    chunks_.remember(of, packed);
}

bool redis_writer::wait_until_idle(steady_time until) {
    std::unique_lock lock(mutex_);
    return idle_.wait_until(lock, until, [this] { return writers_ == 0; });
}

void redis_writer::stop() {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
}

std::size_t redis_writer::waiting() const {
    const std::lock_guard lock(mutex_);
    return queue_.size();
}

std::uint64_t redis_writer::waiting_bytes() const {
    const std::lock_guard lock(mutex_);
    return queue_.bytes();
}

bool redis_writer::idle() const {
    const std::lock_guard lock(mutex_);
    return writers_ == 0;
}

bool redis_writer::was_erased(std::string_view key) const {
    const std::lock_guard lock(mutex_);
    return queue_.is_erased(key);
}

asio::awaitable<void> redis_writer::run(std::shared_ptr<redis_writer> self) {
    asio::steady_timer pause(co_await asio::this_coro::executor);
    while (std::optional<redis_write> one = self->next()) {
        const steady_time since = self->parts_->time.steady_now();
        const redis_wrote what = co_await self->attempt(*one);
        if (one->of && self->parts_->written) self->parts_->written(*one->of, what);
        if (!self->finish(*std::move(one), what, since)) continue;
        pause.expires_after(self->parts_->limits.erase_pause);
        co_await pause.async_wait(asio::as_tuple(asio::use_awaitable));
    }
}

std::optional<redis_write> redis_writer::next() {
    const std::lock_guard lock(mutex_);
    std::optional<redis_write> one = stopped_ ? std::nullopt : queue_.take();
    if (!one && --writers_ == 0) idle_.notify_all();
    return one;
}

bool redis_writer::finish(redis_write one, redis_wrote what, steady_time since) {
    parts_->meters.wrote(what).add();
    if (what == redis_wrote::whole || what == redis_wrote::head_alone) {
        const std::chrono::duration<double> took = parts_->time.steady_now() - since;
        parts_->meters.write_seconds.observe(took.count());
    }
    const std::lock_guard lock(mutex_);
    queue_.done(one);
    const bool erases = one.what == redis_write::kind::erase || one.erase_first;
    if (what != redis_wrote::failed || !erases) return false;
    queue_.push_back({.what = redis_write::kind::erase, .key = std::move(one.key)});
    return true;
}

asio::awaitable<redis_wrote> redis_writer::attempt(const redis_write& one) {
    try {
        co_return co_await write(one);
    } catch (const std::exception&) {
        co_return redis_wrote::failed;
    }
}

asio::awaitable<redis_wrote> redis_writer::write(const redis_write& one) {
    if (one.what == redis_write::kind::erase) co_return co_await erase(one);
    if (one.what != redis_write::kind::entry) co_return co_await write_text(one);
    if (one.erase_first) {
        const redis_wrote erased = co_await erase(one);
        if (erased != redis_wrote::erased) co_return erased;
    }
    co_return co_await write_entry(one);
}

asio::awaitable<redis_wrote> redis_writer::write_entry(const redis_write& one) {
    if (!parts_->may_write(one.of->stamp)) co_return redis_wrote::refused;
    const milliseconds lives = time_in_redis(*one.of, parts_->time.wall_now());
    if (lives == milliseconds{0}) co_return redis_wrote::nothing_left;
    if (one.of->content.size() > parts_->limits.entry_bytes) co_return redis_wrote::refused;
    const std::optional<redis_wrote> renewed = co_await write_head(one, lives);
    if (renewed) co_return *renewed;

    std::optional<entry_encoder> encoder = entry_encoder::start(one.of, parts_->random() | 1);
    if (!encoder) co_return redis_wrote::refused;
    std::uint32_t chunks = 0;
    while (std::optional<std::string> chunk = encoder->next_chunk()) {
        const bool goes_on = !was_erased(one.key);
        const bool written =
            goes_on && co_await write_chunk(one, encoder->generation(), chunks, *std::move(chunk), lives);
        ++chunks;
        if (written) continue;
        co_await drop_chunks(one, encoder->generation(), chunks);
        co_return goes_on ? redis_wrote::failed : redis_wrote::interrupted;
    }
    if (was_erased(one.key)) {
        co_await drop_chunks(one, encoder->generation(), chunks);
        co_return redis_wrote::interrupted;
    }
    const packed_content packed = encoder->packed();
    const redis_wrote what = co_await write_manifest(one, encoder->manifest(), packed, lives);
    if (what == redis_wrote::whole && chunks > 0) {
        const std::lock_guard lock(mutex_);
        chunks_.remember(*one.of, packed);
    }
    co_return what;
}

asio::awaitable<std::optional<redis_wrote>> redis_writer::write_head(const redis_write& one, milliseconds lives) {
    std::optional<packed_content> known;
    {
        const std::lock_guard lock(mutex_);
        known = chunks_.find(*one.of);
        // Known again once all of it has gone well.
        if (known) chunks_.forget(one.key);
    }
    std::optional<std::string> manifest = known ? manifest_for(*one.of, *known) : std::nullopt;
    if (!manifest) co_return std::nullopt;
    std::vector<redis_command> prolong;
    for (std::uint32_t number = 0; number < known->chunks; ++number) {
        const std::string name = parts_->keys.chunk(one.key, known->generation, number);
        prolong.emplace_back(name, std::initializer_list<std::string_view>{"PEXPIRE", name})
            .add((lives + chunks_longer).count());
        prolong.back().lane = redis_lane::background;
    }
    const auto there = co_await parts_->redis->run_all(std::move(prolong), parts_->limits.write_timeout);
    const bool all = std::all_of(there.begin(), there.end(), [](const result<redis_reply>& one_there) {
        return one_there && one_there->is(redis_reply::kind::integer) && one_there->integer == 1;
    });
    if (!all) co_return std::nullopt;
    const redis_wrote what = co_await write_manifest(one, *std::move(manifest), *known, lives);
    if (what != redis_wrote::whole) co_return what;
    const std::lock_guard lock(mutex_);
    chunks_.remember(*one.of, *known);
    co_return redis_wrote::head_alone;
}

asio::awaitable<redis_wrote> redis_writer::write_manifest(const redis_write& one, std::string manifest,
                                                          packed_content content, milliseconds lives) {
    const std::string name = parts_->keys.manifest(one.key);
    redis_command command(name, {"EVAL", set_manifest, "1", name});
    command.add(body(std::move(manifest)));
    command.add(parts_->time.wall_now().time_since_epoch().count()).add(lives.count());
    const result<redis_reply> reply = co_await send(std::move(command));
    const bool understood = reply && reply->is(redis_reply::kind::array) && reply->items.size() == 2 &&
                            reply->items[0].is(redis_reply::kind::integer);
    if (!understood) co_return redis_wrote::failed;
    const std::optional<manifest_prologue> old = read_prologue(reply->items[1].text());
    const bool other = old && old->generation != content.generation;
    if (reply->items[0].integer == 0) {
        if (other) co_await drop_chunks(one, content.generation, content.chunks);
        co_return redis_wrote::older;
    }
    if (other) co_await drop_chunks(one, old->generation, old->chunks);
    co_return redis_wrote::whole;
}

asio::awaitable<bool> redis_writer::write_chunk(const redis_write& one, std::uint64_t generation, std::uint32_t number,
                                                std::string bytes, milliseconds lives) {
    const std::string name = parts_->keys.chunk(one.key, generation, number);
    redis_command command(name, {"SET", name});
    command.add(body(std::move(bytes))).add("PX").add((lives + chunks_longer).count());
    const result<redis_reply> reply = co_await send(std::move(command));
    co_return reply && reply->is_status("OK");
}

asio::awaitable<void> redis_writer::drop_chunks(const redis_write& one, std::uint64_t generation, std::uint32_t count) {
    // A prologue that stands alone has no checksum: it isn't believed everything.
    if (count > parts_->limits.entry_bytes / chunk_bytes + 1) co_return;
    for (std::uint32_t first = 0; first < count; first += dropped_at_once) {
        redis_command command(parts_->keys.manifest(one.key), {"UNLINK"});
        for (std::uint32_t number = first; number < std::min(count, first + dropped_at_once); ++number)
            command.add(parts_->keys.chunk(one.key, generation, number));
        // What it can't drop ends with its time.
        const result<redis_reply> reply = co_await send(std::move(command));
        if (!reply) co_return;
    }
}

asio::awaitable<redis_wrote> redis_writer::erase(const redis_write& one) {
    {
        const std::lock_guard lock(mutex_);
        chunks_.forget(one.key);
    }
    const std::string name = parts_->keys.manifest(one.key);
    const result<redis_reply> prologue =
        co_await send(redis_command(name, {"GETRANGE", name, "0", std::to_string(manifest_prologue::size - 1)}));
    const result<redis_reply> gone = co_await send(redis_command(name, {"UNLINK", name}));
    if (!gone || !gone->is(redis_reply::kind::integer)) co_return redis_wrote::failed;
    const std::optional<manifest_prologue> old = prologue ? read_prologue(prologue->text()) : std::nullopt;
    if (old) co_await drop_chunks(one, old->generation, old->chunks);
    co_return redis_wrote::erased;
}

asio::awaitable<redis_wrote> redis_writer::write_text(const redis_write& one) {
    const bool is_recipe = one.what == redis_write::kind::recipe;
    const std::string name = is_recipe ? parts_->keys.recipe(one.key) : parts_->keys.schema(one.key);
    redis_command command(name, {"SET", name});
    command.add(body(one.text)).add("PX").add(texts_in_redis.count());
    const result<redis_reply> reply = co_await send(std::move(command));
    co_return reply && reply->is_status("OK") ? redis_wrote::whole : redis_wrote::failed;
}

asio::awaitable<result<redis_reply>> redis_writer::send(redis_command command) {
    command.lane = redis_lane::background;
    const std::size_t bytes = command.bytes();
    result<redis_reply> reply = co_await parts_->redis->run(std::move(command), parts_->limits.write_timeout);
    if (reply) parts_->meters.written_bytes.add(bytes);
    co_return reply;
}

}  // namespace nearside::cache
