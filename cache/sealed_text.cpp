#include "cache/sealed_text.h"

#include "cache/wire_bytes.h"
#include "core/content_hash.h"

namespace nearside::cache {

namespace {

constexpr std::uint32_t text_magic = 0x7854536e;  // `nSTx`

}  // namespace

std::string sealed(std::string_view kind, std::string_view key, std::string_view text) {
    byte_writer into;
    into.number(text_magic);
    into.number(sealed_text_version);
    into.text(kind);
    into.text(key);
    into.text(text);
    into.number(content_hash(into.written()));
    return into.take();
}

tier_result<std::string> unsealed(std::string_view bytes, std::string_view kind, std::string_view key) {
    byte_reader from(bytes);
    if (from.number<std::uint32_t>() != text_magic) return tier_miss::not_ours;
    const auto version = from.number<std::uint16_t>();
    if (!from.ok()) return tier_miss::damaged;
    if (version != sealed_text_version) return tier_miss::other_version;
    const std::string_view its_kind = from.text(), its_key = from.text(), text = from.text();
    const std::size_t covered = bytes.size() - from.left();
    const auto checksum = from.number<std::uint64_t>();
    if (!from.ok() || from.left() > 0 || checksum != content_hash(bytes.substr(0, covered))) return tier_miss::damaged;
    if (its_kind != kind) return tier_miss::other_version;
    if (its_key != key) return tier_miss::other_key;
    return std::string(text);
}

}  // namespace nearside::cache
