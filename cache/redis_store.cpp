#include "cache/redis_store.h"

#include "cache/redis_reader.h"
#include "cache/redis_writer.h"
#include "cache/sealed_text.h"

#include <utility>

namespace nearside::cache {

namespace asio = boost::asio;

redis_store::redis_store(parts given)
    : parts_(std::make_shared<const redis_store_parts>(redis_store_parts{
          std::move(given.redis), redis_keys(std::move(given.prefix)), std::move(given.workers), given.time,
          std::move(given.random), given.limits, redis_meters(given.registry), given.gate, std::move(given.written)})),
      writer_(std::make_shared<redis_writer>(parts_)),
      waiting_(given.registry.make_observed("nearside_redis_waiting_writes", "Writes to Redis that wait", {},
                                            [this] { return static_cast<double>(writer_->waiting()); })),
      waiting_bytes_(given.registry.make_observed("nearside_redis_waiting_bytes",
                                                  "Bytes of contents that wait to be written to Redis", {},
                                                  [this] { return static_cast<double>(writer_->waiting_bytes()); })) {}

redis_store::~redis_store() {
    stop();
}

void redis_store::put(entry_ptr of) {
    std::string key = of->key;
    writer_->push({.what = redis_write::kind::entry, .key = std::move(key), .of = std::move(of)});
}

void redis_store::erase(std::string key) {
    writer_->push({.what = redis_write::kind::erase, .key = std::move(key)});
}

asio::awaitable<tier_result<entry_ptr>> redis_store::find(std::string key, milliseconds time) {
    return find(std::move(key), {time, time}, wall_time::min());
}

asio::awaitable<tier_result<entry_ptr>> redis_store::find(std::string key, redis_find_time time, wall_time newer_than) {
    const std::uint64_t erasures = writer_->erasures();
    const redis_write_queue::pending pending = writer_->of_entry(key);
    if (pending.erased || pending.newest) {
        tier_miss outcome = pending.erased ? tier_miss::absent : tier_miss::none;
        if (!pending.erased && pending.newest->born <= newer_than) outcome = tier_miss::not_newer;
        parts_->meters.read(outcome).add();
        if (outcome != tier_miss::none) co_return outcome;
        co_return pending.newest;
    }
    if (!parts_->may_read() || !parts_->redis->available()) {
        parts_->meters.read(tier_miss::unavailable).add();
        co_return tier_miss::unavailable;
    }
    const tier_result<found_entry> found = co_await read_entry(parts_, key, time, newer_than);
    if (!found) co_return found.error();
    if (writer_->erased_after(erasures, key)) co_return tier_miss::absent;
    if (found->packed.chunks > 0) writer_->knows_chunks(*found->entry, found->packed);
    co_return found->entry;
}

void redis_store::put_text(stored_text what, std::string key, std::string_view format, std::string_view text) {
    std::string bytes = sealed(format, key, text);
    const auto kind = what == stored_text::recipe ? redis_write::kind::recipe : redis_write::kind::schema;
    writer_->push({.what = kind, .key = std::move(key), .of = nullptr, .text = std::move(bytes)});
}

asio::awaitable<tier_result<std::string>> redis_store::find_text(stored_text what, std::string key, std::string format,
                                                                 milliseconds time) {
    const auto outcome = [this](tier_miss why) -> counter& {
        return *parts_->meters.texts[static_cast<std::size_t>(why)];
    };
    if (!parts_->redis->available()) {
        outcome(tier_miss::unavailable).add();
        co_return tier_miss::unavailable;
    }
    std::string name = what == stored_text::recipe ? parts_->keys.recipe(key) : parts_->keys.schema(key);
    const tier_result<buffer> bytes = co_await read_text(parts_, std::move(name), time);
    tier_result<std::string> text = bytes ? unsealed(bytes->view(), format, key) : bytes.error();
    outcome(text ? tier_miss::none : text.error()).add();
    co_return text;
}

bool redis_store::wait_until_written(steady_time until) {
    return writer_->wait_until_idle(until);
}

void redis_store::stop() {
    writer_->stop();
}

std::size_t redis_store::waiting() const {
    return writer_->waiting();
}

bool redis_store::idle() const {
    return writer_->idle();
}

}  // namespace nearside::cache
