#include "cache/entry_codec.h"

#include "cache/wire_bytes.h"
#include "core/content_hash.h"

#include <algorithm>
#include <utility>

namespace nearside::cache {

namespace {

constexpr std::uint32_t entry_magic = 0x6e45536e;  // `nSEn`
constexpr std::size_t checksum_bytes = sizeof(std::uint64_t);

enum flag : std::uint16_t {
    always_validate = 1,
    must_revalidate = 2,
    recodable = 4,
    is_document = 8,  // the content is a step's document
    compressed = 16,
    all_flags = 31,
};

// What lies beyond is no time of an HTTP message: the year 9999, and a hundred years.
constexpr std::int64_t latest_microseconds = 253'402'300'800'000'000;
constexpr std::int64_t longest_milliseconds = std::int64_t{100} * 365 * 86'400'000;

bool is_time(std::int64_t microseconds) noexcept {
    return microseconds >= 0 && microseconds < latest_microseconds;
}
std::int64_t to_number(wall_time when) noexcept {
    return when.time_since_epoch().count();
}
wall_time to_time(std::int64_t microseconds) noexcept {
    return wall_time(std::chrono::microseconds(microseconds));
}

// A window longer than a hundred years is as good as one of a hundred.
std::int64_t to_number(milliseconds window) noexcept {
    return std::clamp<std::int64_t>(window.count(), 0, longest_milliseconds);
}
bool read(byte_reader& from, milliseconds& window) noexcept {
    const std::int64_t read = from.signed_number();
    window = milliseconds(read);
    return read >= 0 && read <= longest_milliseconds;
}

std::int64_t error_window_to_number(milliseconds window) noexcept {
    return window == lifetime::unsaid ? window.count() : to_number(window);
}
bool read_error_window(byte_reader& from, milliseconds& window) noexcept {
    return read(from, window) || window == lifetime::unsaid;
}

void write(byte_writer& into, const std::vector<std::string>& texts) {
    into.count(texts.size());
    for (const std::string& each : texts)
        into.text(each);
}
void read(byte_reader& from, std::vector<std::string>& texts) {
    const std::size_t count = from.count(sizeof(std::uint32_t));
    texts.reserve(count);
    for (std::size_t at = 0; at < count; ++at)
        texts.emplace_back(from.text());
}

void write(byte_writer& into, const std::vector<vary_spec>& specs) {
    into.count(specs.size());
    for (const vary_spec& each : specs) {
        into.number(static_cast<std::uint8_t>(each.everything));
        write(into, each.names);
    }
}
bool read(byte_reader& from, std::vector<vary_spec>& specs) {
    const std::size_t count = from.count(sizeof(std::uint8_t) + sizeof(std::uint32_t));
    specs.reserve(count);
    for (std::size_t at = 0; at < count; ++at) {
        const auto everything = from.number<std::uint8_t>();
        if (everything > 1) return false;
        read(from, specs.emplace_back().names);
        specs.back().everything = everything == 1;
    }
    return true;
}

bool has_head(const prepared_head& head) noexcept {
    return !head.whole().status_line.empty();
}

// The head that is written as these lines; nullopt where no head is.
std::optional<prepared_head> to_head(std::uint32_t status, std::string_view lines) {
    if (status < 100 || status > 999) return std::nullopt;
    response_head head{.status = static_cast<int>(status), .version = 11, .fields = {}};
    for (std::string_view left = lines; !left.empty();) {
        const std::size_t end = left.find("\r\n"), colon = left.find(": ");
        if (end == std::string_view::npos || colon == std::string_view::npos || colon > end) return std::nullopt;
        head.fields.append(left.substr(0, colon), left.substr(colon + 2, end - colon - 2));
        left.remove_prefix(end + 2);
    }
    prepared_head made(head);
    if (made.whole().lines != lines) return std::nullopt;
    return made;
}

bool may_compress(const entry& of) noexcept {
    const std::string_view coding = of.head.find("content-encoding").value_or(std::string_view{});
    return coding.empty() || iequals(coding, "identity");
}

bool equals(const body& content, std::string_view bytes) noexcept {
    if (content.size() != bytes.size()) return false;
    for (const slice& each : content.slices()) {
        const std::string_view same = bytes.substr(0, each.bytes.size());
        if (each.bytes.data() != same.data() && each.bytes != same) return false;
        bytes.remove_prefix(same.size());
    }
    return true;
}

bool can_write(const entry& of) noexcept {
    if (!is_time(to_number(of.born)) || !is_time(to_number(of.content_since))) return false;
    if (has_head(of.head) && (of.head.status() < 100 || of.head.status() > 999)) return false;
    // Of what is kept, a step's document is the content; other bytes would have to travel beside it.
    return !of.extras || of.extras->document.size() == 0 || equals(of.content, of.extras->document.view());
}

std::uint16_t flags_of(const entry& of, packing how) noexcept {
    unsigned flags = 0;
    if (of.always_validate) flags |= flag::always_validate;
    if (of.must_revalidate) flags |= flag::must_revalidate;
    if (of.recodable) flags |= flag::recodable;
    if (of.extras && of.extras->document.size() > 0) flags |= flag::is_document;
    if (how == packing::zstd) flags |= flag::compressed;
    return static_cast<std::uint16_t>(flags);
}

// Key, head and lists; nullopt where they are too long.
std::optional<std::string> texts_of(const entry& of) {
    static const entry_extras none;
    const entry_extras& extras = of.extras ? *of.extras : none;
    byte_writer into;
    into.text(of.key);
    into.text(has_head(of.head) ? of.head.whole().lines : std::string_view{});
    write(into, extras.tags);
    write(into, extras.groups);
    write(into, extras.vary);
    if (into.written().size() > most_manifest_bytes) return std::nullopt;
    return into.take();
}

std::string manifest_of(const entry& of, std::string_view texts, const packed_content& content,
                        std::string_view inline_bytes) {
    byte_writer into;
    into.number(entry_magic);
    into.number(entry_codec_version);
    into.number(flags_of(of, content.how));
    into.signed_number(to_number(of.born));
    into.number(of.stamp);
    into.number(content.generation);
    into.number(content.chunks);
    into.number(static_cast<std::uint32_t>(has_head(of.head) ? of.head.status() : 0));
    into.signed_number(to_number(of.content_since));
    into.signed_number(to_number(of.lives.fresh));
    into.signed_number(to_number(of.lives.stale));
    into.signed_number(error_window_to_number(of.lives.stale_if_error));
    into.number(of.extras ? of.extras->content_hash : std::uint64_t{0});
    into.number(content.size);
    into.number(content.checksum);
    into.number(content.packed_bytes);
    into.raw(texts);
    into.raw(inline_bytes);
    into.number(content_hash(into.written()));
    return into.take();
}

// Chunks that so many packed bytes are written in.
std::uint64_t chunks_for(std::uint64_t packed) noexcept {
    return packed <= most_inline_bytes ? 0 : (packed + chunk_bytes - 1) / chunk_bytes;
}

buffer joined(std::vector<buffer> pieces, std::size_t size) {
    if (pieces.size() == 1) return std::move(pieces.front());
    buffer_writer whole(size);
    for (buffer& each : pieces) {
        whole.append(each.view());
        each = buffer();
    }
    return whole.finish();
}

body to_body(std::vector<buffer> pieces) {
    if (pieces.empty()) return {};
    if (pieces.size() == 1) return body(std::move(pieces.front()));
    std::vector<slice> slices;
    slices.reserve(pieces.size());
    for (const buffer& each : pieces)
        slices.push_back({each.owner(), each.view()});
    return body(std::move(slices), pieces.size() * buffer::padding);
}

std::optional<tier_miss> refused_unread(std::string_view manifest) noexcept {
    byte_reader from(manifest);
    if (from.number<std::uint32_t>() != entry_magic) return tier_miss::not_ours;
    const auto version = from.number<std::uint16_t>();
    if (!from.ok()) return tier_miss::damaged;
    if (version != entry_codec_version) return tier_miss::other_version;
    if (manifest.size() < manifest_prologue::size + checksum_bytes) return tier_miss::damaged;
    const std::size_t covered = manifest.size() - checksum_bytes;
    byte_reader end(manifest.substr(covered));
    if (end.number<std::uint64_t>() != content_hash(manifest.substr(0, covered))) return tier_miss::damaged;
    return std::nullopt;
}

}  // namespace

std::optional<manifest_prologue> read_prologue(std::string_view manifest) noexcept {
    byte_reader from(manifest);
    if (from.number<std::uint32_t>() != entry_magic || from.number<std::uint16_t>() != entry_codec_version) {
        return std::nullopt;
    }
    manifest_prologue read;
    read.flags = from.number<std::uint16_t>();
    const std::int64_t born = from.signed_number();
    read.born = to_time(born);
    read.stamp = from.number<std::uint64_t>();
    read.generation = from.number<std::uint64_t>();
    read.chunks = from.number<std::uint32_t>();
    read.status = from.number<std::uint32_t>();
    if (!from.ok() || !is_time(born)) return std::nullopt;
    return read;
}

std::optional<entry_encoder> entry_encoder::start(entry_ptr of, std::uint64_t generation) {
    if (!can_write(*of)) return std::nullopt;
    std::optional<std::string> texts = texts_of(*of);
    if (!texts) return std::nullopt;
    return entry_encoder(std::move(of), generation, *std::move(texts));
}

entry_encoder::entry_encoder(entry_ptr of, std::uint64_t generation, std::string texts)
    : entry_(std::move(of)),
      generation_(generation),
      texts_(std::move(texts)),
      packer_(entry_->content, may_compress(*entry_)) {}

std::optional<std::string> entry_encoder::next_chunk() {
    std::string packed = packer_.next(chunk_bytes);
    if (chunks_ == 0 && packer_.at_end() && packed.size() <= most_inline_bytes) {
        if (!packed.empty()) inline_ = std::move(packed);
        return std::nullopt;
    }
    if (packed.empty()) return std::nullopt;
    ++chunks_;
    return packed;
}

packed_content entry_encoder::packed() const noexcept {
    return {.how = packer_.how(),
            .size = entry_->content.size(),
            .packed_bytes = packer_.packed_bytes(),
            .checksum = packer_.checksum(),
            .generation = chunks_ == 0 ? 0 : generation_,
            .chunks = chunks_};
}

std::string entry_encoder::manifest() const {
    return manifest_of(*entry_, texts_, packed(), inline_);
}

std::optional<std::string> manifest_for(const entry& of, const packed_content& in_chunks) {
    const std::optional<std::string> texts = can_write(of) ? texts_of(of) : std::nullopt;
    if (!texts || of.content.size() != in_chunks.size) return std::nullopt;
    return manifest_of(of, *texts, in_chunks, {});
}

tier_result<entry_decoder> entry_decoder::start(buffer manifest, std::string_view key, std::uint64_t most_bytes) {
    if (const auto refused = refused_unread(manifest.view())) return *refused;
    const auto prologue = read_prologue(manifest.view());
    if (!prologue || (prologue->flags & ~flag::all_flags) != 0) return tier_miss::malformed;
    byte_reader from(manifest.view().substr(0, manifest.size() - checksum_bytes).substr(manifest_prologue::size));

    auto made = std::make_shared<entry>();
    made->born = prologue->born;
    made->stamp = prologue->stamp;
    made->always_validate = (prologue->flags & flag::always_validate) != 0;
    made->must_revalidate = (prologue->flags & flag::must_revalidate) != 0;
    made->recodable = (prologue->flags & flag::recodable) != 0;
    const std::int64_t content_since = from.signed_number();
    made->content_since = to_time(content_since);
    const bool windows = read(from, made->lives.fresh) && read(from, made->lives.stale) &&
                         read_error_window(from, made->lives.stale_if_error) && is_time(content_since);

    content_facts content;
    content.how = (prologue->flags & flag::compressed) != 0 ? packing::zstd : packing::plain;
    content.is_document = (prologue->flags & flag::is_document) != 0;
    content.hash = from.number<std::uint64_t>();
    content.size = from.number<std::uint64_t>();
    content.checksum = from.number<std::uint64_t>();
    content.packed_bytes = from.number<std::uint64_t>();

    made->key = from.text();
    const std::string_view lines = from.text();
    auto extras = std::make_unique<entry_extras>();
    read(from, extras->tags);
    read(from, extras->groups);
    const bool specs = read(from, extras->vary);
    if (!windows || !specs || !from.ok()) return tier_miss::malformed;
    if (made->key != key) return tier_miss::other_key;

    if (prologue->status != 0) {
        std::optional<prepared_head> head = to_head(prologue->status, lines);
        if (!head) return tier_miss::malformed;
        made->head = *std::move(head);
    } else if (!lines.empty()) {
        return tier_miss::malformed;
    }

    const bool is_inline = prologue->chunks == 0;
    const bool sizes = prologue->chunks == chunks_for(content.packed_bytes) &&
                       from.left() == (is_inline ? content.packed_bytes : 0) &&
                       (!is_inline || prologue->generation == 0) &&
                       (content.how == packing::zstd || content.packed_bytes == content.size) &&
                       (content.packed_bytes == 0) == (content.size == 0) && (!content.is_document || content.size > 0);
    if (!sizes) return tier_miss::malformed;
    if (content.size > most_bytes || content.packed_bytes > most_bytes + chunk_bytes) return tier_miss::too_large;

    const bool none = extras->tags.empty() && extras->groups.empty() && extras->vary.empty() && content.hash == 0 &&
                      !content.is_document;
    extras->content_hash = content.hash;
    entry_decoder reading(*prologue, content, std::move(made));
    if (!none) reading.extras_ = std::move(extras);
    if (is_inline) {
        reading.inline_at_ = manifest.size() - checksum_bytes - from.left();
        reading.manifest_ = std::move(manifest);
    }
    return reading;
}

entry_decoder::entry_decoder(const manifest_prologue& prologue, const content_facts& content,
                             std::shared_ptr<entry> made)
    : generation_(prologue.generation),
      packed_bytes_(content.packed_bytes),
      content_bytes_(content.size),
      chunks_(prologue.chunks),
      packed_{.how = content.how,
              .size = content.size,
              .packed_bytes = content.packed_bytes,
              .checksum = content.checksum,
              .generation = prologue.generation,
              .chunks = prologue.chunks},
      is_document_(content.is_document),
      made_(std::move(made)),
      unpacker_(content.how, content.size, content.checksum) {}

tier_miss entry_decoder::take_chunk(std::string_view chunk) {
    if (taken_ == chunks_) return tier_miss::chunk_damaged;
    const std::uint64_t before = std::uint64_t{taken_} * chunk_bytes;
    if (chunk.size() != std::min<std::uint64_t>(chunk_bytes, packed_bytes_ - before)) return tier_miss::chunk_damaged;
    ++taken_;
    return unpacker_.take(chunk) ? tier_miss::none : tier_miss::chunk_damaged;
}

tier_result<std::shared_ptr<entry>> entry_decoder::finish() {
    if (taken_ != chunks_) return tier_miss::chunk_missing;
    if (chunks_ == 0) {
        const std::string_view packed = manifest_.view().substr(inline_at_, packed_bytes_);
        if (!unpacker_.take(packed)) return tier_miss::content_damaged;
    }
    std::optional<std::vector<buffer>> pieces = unpacker_.finish();
    if (!pieces) return tier_miss::content_damaged;
    if (is_document_) {
        std::size_t size = 0;
        for (const buffer& each : *pieces)
            size += each.size();
        extras_->document = joined(*std::move(pieces), size);
        made_->content = body(extras_->document);
    } else {
        made_->content = to_body(*std::move(pieces));
    }
    made_->extras = std::move(extras_);
    return std::move(made_);
}

milliseconds time_in_redis(const entry& of, wall_time now) noexcept {
    if (of.extras && !of.extras->vary.empty()) return markers_in_redis;
    const auto window = [](milliseconds one) { return milliseconds(to_number(one)); };
    const milliseconds whole =
        window(of.lives.fresh) + std::max(window(of.lives.stale), window(of.lives.stale_if_error));
    const bool validates = of.head.find("etag") || of.head.find("last-modified");
    const milliseconds left =
        whole + (validates ? validated_in_redis : milliseconds{0}) - std::chrono::floor<milliseconds>(now - of.born);
    if (left <= milliseconds{0}) return milliseconds{0};
    return std::clamp<milliseconds>(left, std::chrono::seconds{1}, longest_in_redis);
}

}  // namespace nearside::cache
