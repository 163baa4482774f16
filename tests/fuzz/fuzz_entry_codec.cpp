// links: cache config core
// Whatever Redis holds is an entry exactly as it was written, or a miss. Input: a byte whose lowest bit says whether to
// mend the checksum of what follows, which is a manifest, its size in 4 bytes before it, and the chunks, whose sizes
// the manifest tells.
#include "cache/entry_codec.h"
#include "cache/wire_bytes.h"
#include "core/content_hash.h"
#include "tests/fuzz/fuzzing.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using nearside::buffer;
using nearside::content_hash;
using nearside::fuzzing::must;
using namespace nearside::cache;

constexpr std::uint64_t most_bytes = 4 * 1024 * 1024;
constexpr std::size_t checksum_bytes = 8;

std::string mended(std::string_view manifest) {
    byte_writer whole;
    whole.raw(manifest.substr(0, manifest.size() - std::min(manifest.size(), checksum_bytes)));
    whole.number(content_hash(whole.written()));
    return whole.take();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    byte_reader input(std::string_view(reinterpret_cast<const char*>(data), size));
    const bool mend = (input.number<std::uint8_t>() & 1) != 0;
    std::string manifest(input.text());
    if (mend) manifest = mended(manifest);

    // Whatever its key is.
    std::string key;
    if (manifest.size() > manifest_prologue::size + 64) {
        byte_reader at_key(std::string_view(manifest).substr(manifest_prologue::size + 64));
        key = at_key.text();
    }
    auto decoder = entry_decoder::start(buffer::copy_of(manifest), key, most_bytes);
    if (!decoder) return 0;
    for (std::uint64_t left = decoder->packed_bytes(); decoder->chunks() > 0 && left > 0;) {
        const std::string_view chunk = input.raw(static_cast<std::size_t>(std::min<std::uint64_t>(left, chunk_bytes)));
        if (decoder->take_chunk(chunk) != tier_miss::none) return 0;
        left -= chunk.size();
    }
    const auto read = decoder->finish();
    if (!read) return 0;
    must((*read)->key == key);
    must((*read)->content.size() <= most_bytes);

    // Written again, it is read as the same.
    auto encoder = entry_encoder::start(*read, decoder->generation());
    must(encoder.has_value());
    std::vector<std::string> chunks;
    while (auto chunk = encoder->next_chunk())
        chunks.push_back(*std::move(chunk));
    auto again = entry_decoder::start(buffer::copy_of(encoder->manifest()), key, most_bytes);
    must(again.has_value());
    for (const std::string& each : chunks)
        must(again->take_chunk(each) == tier_miss::none);
    const auto same = again->finish();
    must(same.has_value());
    must((*same)->content.to_string() == (*read)->content.to_string());
    must((*same)->head.whole().lines == (*read)->head.whole().lines);
    must((*same)->lives == (*read)->lives && (*same)->born == (*read)->born && (*same)->stamp == (*read)->stamp);
    must(((*same)->extras == nullptr) == ((*read)->extras == nullptr));
    return 0;
}
