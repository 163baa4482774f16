// Stored answers as bytes for the second tier, and back. An entry is a manifest, which holds all but the content, and
// the content with it where it is small; large content stands in chunks beside it, whose names carry the manifest's
// generation. Whatever isn't exactly what this nearside writes is a miss with a name. Pure; one thread at a time.
//
// A manifest: a prologue at fixed offsets (magic number, version, flags, born, stamp, generation, chunks, status),
// which redis_store reads alone; more numbers, texts and lists (cache/wire_bytes); the content, if here; a checksum of
// it all. Whoever changes any of this changes the version.
#pragma once

#include "cache/content_pack.h"
#include "cache/entry.h"
#include "cache/tier_miss.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace nearside::cache {

constexpr std::uint16_t entry_codec_version = 1;
// Content that takes no more packed stands in the manifest.
constexpr std::size_t most_inline_bytes = 512 * 1024;
// Every chunk but the last has this size.
constexpr std::size_t chunk_bytes = 1024 * 1024;
// Of a manifest without its content: key, head, tags. What has more is not stored.
constexpr std::size_t most_manifest_bytes = 1024 * 1024;

// The first bytes of a manifest.
struct manifest_prologue {
    static constexpr std::size_t size = 40;

    std::uint16_t flags = 0;
    wall_time born{};
    std::uint64_t stamp = 0;
    std::uint64_t generation = 0;
    std::uint32_t chunks = 0;  // 0: the content is in the manifest
    std::uint32_t status = 0;  // 0: no head
};
// Of this version; nullopt for anything else.
std::optional<manifest_prologue> read_prologue(std::string_view manifest) noexcept;

// What became of a content: as a manifest tells it.
struct packed_content {
    packing how = packing::plain;
    std::uint64_t size = 0;  // unpacked
    std::uint64_t packed_bytes = 0;
    std::uint64_t checksum = 0;
    std::uint64_t generation = 0;  // 0: not in chunks
    std::uint32_t chunks = 0;
};

// One entry on its way out. First all chunks, then the manifest: a reader who finds it finds them.
class entry_encoder {
public:
    // `generation`: random; names the chunks. Nullopt: the entry holds what this codec can't write.
    static std::optional<entry_encoder> start(entry_ptr of, std::uint64_t generation);

    // Nullopt: that was the last, or there are none. Takes time: some milliseconds for each.
    std::optional<std::string> next_chunk();
    // After next_chunk() has said nullopt, as packed().
    std::string manifest() const;
    packed_content packed() const noexcept;

    std::uint64_t generation() const noexcept { return generation_; }

private:
    entry_encoder(entry_ptr of, std::uint64_t generation, std::string texts);

    entry_ptr entry_;
    std::uint64_t generation_;
    std::string texts_;
    content_packer packer_;
    std::uint32_t chunks_ = 0;
    std::string inline_;
};

// The manifest of an entry whose content stands in chunks already: only its head or windows are other ones. Nullopt as
// of entry_encoder::start().
std::optional<std::string> manifest_for(const entry& of, const packed_content& in_chunks);

// One entry on its way in: start() with the manifest, all chunks in order, finish().
class entry_decoder {
public:
    // `key`: what was asked for. `most_bytes`: of content.
    static tier_result<entry_decoder> start(buffer manifest, std::string_view key, std::uint64_t most_bytes);

    std::uint64_t generation() const noexcept { return generation_; }
    // 0: the content is in the manifest.
    std::uint32_t chunks() const noexcept { return chunks_; }
    std::uint64_t packed_bytes() const noexcept { return packed_bytes_; }
    std::uint64_t content_bytes() const noexcept { return content_bytes_; }
    wall_time born() const noexcept { return made_->born; }
    // Of chunks: what manifest_for() takes.
    packed_content packed() const noexcept { return packed_; }

    // Takes time, as finish() does. tier_miss::none, or why this can't be the next chunk.
    tier_miss take_chunk(std::string_view chunk);
    // The same entry, but for what doesn't travel: refresh_not_before and useless_codings begin anew.
    tier_result<std::shared_ptr<entry>> finish();

private:
    struct content_facts {
        packing how = packing::plain;
        std::uint64_t size = 0, checksum = 0, packed_bytes = 0;
        std::uint64_t hash = 0;  // entry_extras::content_hash
        bool is_document = false;
    };
    entry_decoder(const manifest_prologue& prologue, const content_facts& content, std::shared_ptr<entry> made);

    buffer manifest_;  // where the content is in it
    std::size_t inline_at_ = 0;
    std::uint64_t generation_, packed_bytes_, content_bytes_;
    std::uint32_t chunks_, taken_ = 0;
    packed_content packed_;
    bool is_document_;
    std::shared_ptr<entry> made_;
    std::unique_ptr<entry_extras> extras_;
    content_unpacker unpacker_;
};

// For how long an entry may stay in Redis: while it may be served, stale included, and a while longer where it can be
// validated, since that costs less than fetching it anew; at least a second, at most `longest_in_redis`. Markers of
// variants have no windows of their own. Zero: not worth storing.
constexpr milliseconds longest_in_redis = std::chrono::days{7};
constexpr milliseconds validated_in_redis = std::chrono::hours{1};
constexpr milliseconds markers_in_redis = std::chrono::days{1};
milliseconds time_in_redis(const entry& of, wall_time now) noexcept;

}  // namespace nearside::cache
