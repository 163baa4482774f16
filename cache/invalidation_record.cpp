#include "cache/invalidation_record.h"

#include "cache/wire_bytes.h"
#include "core/content_hash.h"

#include <vector>

namespace nearside::cache {

namespace {

void put(byte_writer& into, const std::vector<std::string>& texts) {
    into.count(texts.size());
    for (const std::string& each : texts)
        into.text(each);
}

std::vector<std::string> take_texts(byte_reader& from) {
    constexpr std::size_t least = 4;  // bytes of a length
    const std::size_t count = from.count(least);
    std::vector<std::string> texts;
    texts.reserve(count);
    for (std::size_t at = 0; at < count && from.ok(); ++at)
        texts.emplace_back(from.text());
    return texts;
}

}  // namespace

std::string encode(const invalidation_record& record) {
    byte_writer into;
    into.number(invalidation_codec_version);
    into.number(static_cast<std::uint8_t>(record.everything));
    into.number(static_cast<std::uint8_t>(record.order.how));
    into.text(record.issuer);
    into.number(record.number);
    put(into, record.order.tags);
    put(into, record.order.keys);
    put(into, record.order.views);
    put(into, record.order.paths);
    into.number(content_hash(into.written()));
    return into.take();
}

std::optional<invalidation_record> decode_invalidation(std::string_view bytes) {
    byte_reader from(bytes);
    if (from.number<std::uint16_t>() != invalidation_codec_version) return std::nullopt;
    invalidation_record record;
    const auto everything = from.number<std::uint8_t>();
    const auto how = from.number<std::uint8_t>();
    if (everything > 1 || how > static_cast<std::uint8_t>(invalidation::hard)) return std::nullopt;
    record.everything = everything == 1;
    record.order.how = static_cast<invalidation>(how);
    record.issuer = from.text();
    record.number = from.number<std::uint64_t>();
    record.order.tags = take_texts(from);
    record.order.keys = take_texts(from);
    record.order.views = take_texts(from);
    record.order.paths = take_texts(from);
    const std::size_t covered = bytes.size() - from.left();
    const auto checksum = from.number<std::uint64_t>();
    if (!from.ok() || from.left() > 0 || checksum != content_hash(bytes.substr(0, covered))) return std::nullopt;
    return record;
}

std::optional<heard_record> read_heard(std::string_view payload) {
    byte_reader from(payload);
    heard_record heard;
    heard.incarnation = from.raw(incarnation_bytes);
    heard.sequence = from.number<std::uint64_t>();
    heard.previous = from.number<std::uint64_t>();
    if (!from.ok()) return std::nullopt;
    heard.bytes = from.raw(from.left());
    return heard;
}

}  // namespace nearside::cache
