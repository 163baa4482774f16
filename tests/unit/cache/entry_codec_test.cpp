#include "cache/entry_codec.h"

#include "cache/wire_bytes.h"
#include "core/content_hash.h"
#include "tests/support/stored_entries.h"

#include <gtest/gtest.h>

namespace nearside::cache {
namespace {

using testing::decoded;
using testing::encoded;
using testing::expect_same;
using testing::json_list;
using testing::noise;
using testing::plain_entry;
using testing::random_bits;
using testing::stored_bytes;

constexpr std::string_view coded_key = "route:api;uri=/a";

// With a checksum that holds again.
std::string resealed(std::string manifest) {
    manifest.resize(manifest.size() - sizeof(std::uint64_t));
    byte_writer end;
    end.number(content_hash(manifest));
    return manifest.append(end.written());
}

std::string with_version(std::string manifest, std::uint16_t version) {
    byte_writer two;
    two.number(version);
    manifest.replace(4, 2, two.written());
    return resealed(std::move(manifest));
}

TEST(entry_codec_test, a_small_entry_is_one_manifest) {
    const auto entry = plain_entry(std::string(coded_key), R"({"id":7})");
    const stored_bytes stored = encoded(entry);
    EXPECT_TRUE(stored.chunks.empty());
    const auto read = decoded(stored, coded_key);
    ASSERT_TRUE(read) << to_string(read.error());
    expect_same(**read, *entry);
    EXPECT_EQ((*read)->etag(), "\"v1\"");
}

TEST(entry_codec_test, random_entries_come_back_as_they_were_and_are_written_alike_again) {
    random_bits bits(20'261'122);
    for (int round = 0; round < 2'000; ++round) {
        const auto entry = testing::random_entry(bits);
        const stored_bytes stored = encoded(entry);
        const auto read = decoded(stored, entry->key);
        ASSERT_TRUE(read) << round << ": " << to_string(read.error());
        expect_same(**read, *entry);
        ASSERT_FALSE(::testing::Test::HasFailure()) << round;
        if ((*read)->content.slices().size() == entry->content.slices().size()) {
            EXPECT_TRUE(encoded(*read).manifest == stored.manifest) << round;
        }
    }
}

TEST(entry_codec_test, large_content_stands_in_chunks_of_one_size) {
    random_bits bits(1);
    const auto entry = plain_entry(std::string(coded_key), noise(bits, 3 * chunk_bytes + 17));
    const stored_bytes stored = encoded(entry, 99);
    ASSERT_EQ(stored.chunks.size(), 4U);
    EXPECT_EQ(stored.chunks[2].size(), chunk_bytes);
    EXPECT_EQ(stored.chunks[3].size(), 17U);
    EXPECT_LT(stored.manifest.size(), 1'000U);
    const auto prologue = read_prologue(stored.manifest);
    ASSERT_TRUE(prologue);
    EXPECT_EQ(prologue->generation, 99U);
    EXPECT_EQ(prologue->chunks, 4U);
    const auto read = decoded(stored, coded_key);
    ASSERT_TRUE(read);
    expect_same(**read, *entry);
}

TEST(entry_codec_test, a_renewed_entry_needs_a_manifest_alone_for_chunks_that_stand_already) {
    random_bits bits(1);
    const auto entry = plain_entry(std::string(coded_key), noise(bits, 2 * chunk_bytes));
    auto encoder = entry_encoder::start(entry, 99).value();
    stored_bytes stored;
    while (auto chunk = encoder.next_chunk())
        stored.chunks.push_back(*std::move(chunk));
    entry->born += std::chrono::seconds(5);
    entry->lives.fresh = milliseconds{1};
    stored.manifest = manifest_for(*entry, encoder.packed()).value();
    const auto read = decoded(stored, coded_key);
    ASSERT_TRUE(read);
    expect_same(**read, *entry);
    const auto other = plain_entry(std::string(coded_key), "of another size");
    EXPECT_EQ(manifest_for(*other, encoder.packed()), std::nullopt);
}

TEST(entry_codec_test, content_at_the_bounds_of_inline_and_of_chunks_comes_back) {
    random_bits bits(2);
    for (const std::size_t size : {std::size_t{0}, most_inline_bytes, most_inline_bytes + 1, chunk_bytes - 1,
                                   chunk_bytes, chunk_bytes + 1, 2 * chunk_bytes}) {
        const auto entry = plain_entry(std::string(coded_key), noise(bits, size));
        const stored_bytes stored = encoded(entry);
        const std::size_t chunks = size <= most_inline_bytes ? 0 : (size + chunk_bytes - 1) / chunk_bytes;
        EXPECT_EQ(stored.chunks.size(), chunks) << size;
        const auto read = decoded(stored, coded_key);
        ASSERT_TRUE(read) << size << ' ' << to_string(read.error());
        expect_same(**read, *entry);
    }
}

TEST(entry_codec_test, what_is_encoded_already_is_not_compressed_again) {
    const auto entry = plain_entry(std::string(coded_key), std::string(100'000, 'a'));
    const std::size_t compressed = encoded(entry).manifest.size();
    header_fields fields = entry->head.fields();
    fields.append("Content-Encoding", "br");
    entry->head = prepared_head(response_head{.status = 200, .version = 11, .fields = fields});
    EXPECT_LT(compressed, 1'000U);
    EXPECT_GT(encoded(entry).manifest.size(), 100'000U);
}

TEST(entry_codec_test, a_steps_document_shares_its_bytes_with_the_content) {
    random_bits bits(3);
    for (const std::size_t size : {std::size_t{5'000}, 3 * piece_bytes}) {
        const auto entry = plain_entry(std::string(coded_key), {});
        auto extras = std::make_unique<entry_extras>();
        extras->document = buffer::copy_of(json_list(bits, size));
        extras->content_hash = content_hash(extras->document.view());
        entry->content = body(extras->document);
        entry->extras = std::move(extras);
        const auto read = decoded(encoded(entry), coded_key);
        ASSERT_TRUE(read);
        expect_same(**read, *entry);
        ASSERT_EQ((*read)->content.slices().size(), 1U);
        EXPECT_EQ((*read)->content.slices()[0].bytes.data(), (*read)->extras->document.data());
    }
}

TEST(entry_codec_test, a_document_of_other_bytes_than_the_content_does_not_travel) {
    const auto entry = plain_entry(std::string(coded_key), "coded");
    auto extras = std::make_unique<entry_extras>();
    extras->document = buffer::copy_of("plain");
    entry->extras = std::move(extras);
    EXPECT_FALSE(entry_encoder::start(entry, 1));
}

TEST(entry_codec_test, what_lies_outside_of_the_bounds_does_not_travel) {
    const auto before_time = plain_entry(std::string(coded_key), "a");
    before_time->born = wall_time(std::chrono::seconds(-1));
    EXPECT_FALSE(entry_encoder::start(before_time, 1));
    const auto too_much_beside_it = plain_entry(std::string(coded_key), "a");
    too_much_beside_it->key = std::string(most_manifest_bytes, 'k');
    EXPECT_FALSE(entry_encoder::start(too_much_beside_it, 1));
}

TEST(entry_codec_test, a_window_without_end_becomes_a_hundred_years) {
    const auto entry = plain_entry(std::string(coded_key), "a");
    entry->lives.stale = milliseconds::max();
    const auto read = decoded(encoded(entry), coded_key);
    ASSERT_TRUE(read);
    EXPECT_EQ((*read)->lives.stale, std::chrono::days(36'500));
}

TEST(entry_codec_test, that_nobody_says_what_holds_in_trouble_comes_back) {
    const auto entry = plain_entry(std::string(coded_key), "a");
    entry->lives.stale_if_error = lifetime::unsaid;
    const auto read = decoded(encoded(entry), coded_key);
    ASSERT_TRUE(read);
    EXPECT_EQ((*read)->lives.stale_if_error, lifetime::unsaid);
}

TEST(entry_codec_test, what_does_not_travel_begins_anew) {
    const auto entry = plain_entry(std::string(coded_key), "a");
    entry->refresh_not_before = 5;
    entry->useless_codings = 3;
    const auto read = decoded(encoded(entry), coded_key);
    ASSERT_TRUE(read);
    EXPECT_EQ((*read)->refresh_not_before, 0);
    EXPECT_EQ((*read)->useless_codings, 0);
}

TEST(entry_codec_test, a_marker_without_a_head_comes_back_as_one) {
    auto marker = std::make_shared<entry>();
    marker->key = coded_key;
    auto extras = std::make_unique<entry_extras>();
    extras->vary = {{.names = {"accept", "cookie"}}, {.names = {}, .everything = true}};
    marker->extras = std::move(extras);
    const auto read = decoded(encoded(marker), coded_key);
    ASSERT_TRUE(read);
    expect_same(**read, *marker);
    EXPECT_TRUE((*read)->head.whole().status_line.empty());
}

TEST(entry_codec_test, every_flipped_bit_of_a_manifest_is_a_miss) {
    const stored_bytes stored = encoded(plain_entry(std::string(coded_key), R"({"id":7,"name":"a"})"));
    for (std::size_t at = 0; at < stored.manifest.size(); ++at) {
        for (unsigned bit = 0; bit < 8; ++bit) {
            stored_bytes flipped = stored;
            flipped.manifest[at] = static_cast<char>(flipped.manifest[at] ^ (1 << bit));
            const auto read = decoded(flipped, coded_key);
            ASSERT_FALSE(read) << at << ' ' << bit;
            const tier_miss expected = at < 4   ? tier_miss::not_ours
                                       : at < 6 ? tier_miss::other_version
                                                : tier_miss::damaged;
            EXPECT_EQ(read.error(), expected) << at;
        }
    }
}

TEST(entry_codec_test, every_beginning_of_a_manifest_is_a_miss_and_so_is_more_than_one) {
    const stored_bytes stored = encoded(plain_entry(std::string(coded_key), R"({"id":7})"));
    for (std::size_t size = 0; size < stored.manifest.size(); ++size)
        EXPECT_FALSE(entry_decoder::start(buffer::copy_of(stored.manifest.substr(0, size)), coded_key, 1'000)) << size;
    EXPECT_EQ(entry_decoder::start(buffer::copy_of(stored.manifest + '\0'), coded_key, 1'000).error(),
              tier_miss::damaged);
}

TEST(entry_codec_test, with_a_checksum_that_holds_a_flipped_bit_is_a_miss_or_another_entry_whole) {
    const stored_bytes stored = encoded(plain_entry(std::string(coded_key), R"({"id":7})"));
    for (std::size_t at = 0; at + sizeof(std::uint64_t) < stored.manifest.size(); ++at) {
        for (unsigned bit = 0; bit < 8; ++bit) {
            stored_bytes forged = stored;
            forged.manifest[at] = static_cast<char>(forged.manifest[at] ^ (1 << bit));
            forged.manifest = resealed(std::move(forged.manifest));
            const auto read = decoded(forged, coded_key);
            if (read) {
                EXPECT_TRUE(encoded(*read).manifest == forged.manifest) << at << ' ' << bit;
            }
        }
    }
}

TEST(entry_codec_test, every_flipped_byte_of_a_chunk_is_a_miss) {
    random_bits bits(4);
    const stored_bytes plain = encoded(plain_entry(std::string(coded_key), noise(bits, most_inline_bytes + 100)));
    const stored_bytes compressed = encoded(plain_entry(std::string(coded_key), json_list(bits, 4'000'000)));
    ASSERT_FALSE(plain.chunks.empty());
    ASSERT_FALSE(compressed.chunks.empty());
    for (const stored_bytes* stored : {&plain, &compressed}) {
        for (std::size_t at = 0; at < stored->chunks[0].size(); at += 40'009) {
            stored_bytes flipped = *stored;
            flipped.chunks[0][at] = static_cast<char>(flipped.chunks[0][at] ^ 0x10);
            EXPECT_FALSE(decoded(flipped, coded_key)) << at;
        }
    }
}

TEST(entry_codec_test, chunks_that_are_missing_short_or_too_many_are_told_apart) {
    random_bits bits(5);
    const stored_bytes stored = encoded(plain_entry(std::string(coded_key), noise(bits, 2 * chunk_bytes + 5)));
    stored_bytes missing = stored, shortened = stored, more = stored, swapped = stored;
    missing.chunks.pop_back();
    shortened.chunks[1].pop_back();
    more.chunks.push_back("x");
    std::swap(swapped.chunks[0], swapped.chunks[1]);
    EXPECT_EQ(decoded(missing, coded_key).error(), tier_miss::chunk_missing);
    EXPECT_EQ(decoded(shortened, coded_key).error(), tier_miss::chunk_damaged);
    EXPECT_EQ(decoded(more, coded_key).error(), tier_miss::chunk_damaged);
    EXPECT_EQ(decoded(swapped, coded_key).error(), tier_miss::content_damaged);
}

TEST(entry_codec_test, the_entry_of_another_key_is_a_miss) {
    const stored_bytes stored = encoded(plain_entry("route:api;uri=/b", "a"));
    EXPECT_EQ(decoded(stored, coded_key).error(), tier_miss::other_key);
}

TEST(entry_codec_test, older_and_newer_versions_meet_as_misses) {
    stored_bytes stored = encoded(plain_entry(std::string(coded_key), "a"));
    for (const int difference : {-1, 1}) {
        const auto other = static_cast<std::uint16_t>(entry_codec_version + difference);
        stored_bytes of_other{.chunks = {}, .manifest = with_version(stored.manifest, other)};
        EXPECT_EQ(decoded(of_other, coded_key).error(), tier_miss::other_version);
        EXPECT_FALSE(read_prologue(of_other.manifest));
    }
    // However little they have in common.
    EXPECT_EQ(decoded({.chunks = {}, .manifest = stored.manifest.substr(0, 4) + "\x09\x09"}, coded_key).error(),
              tier_miss::other_version);
}

TEST(entry_codec_test, what_is_no_manifest_is_not_ours) {
    for (const std::string_view other : {"", "x", "{\"a\":1}", "nSE"})
        EXPECT_EQ(decoded({.chunks = {}, .manifest = std::string(other)}, coded_key).error(), tier_miss::not_ours);
}

TEST(entry_codec_test, content_over_the_bound_is_refused_before_a_byte_of_it_is_read) {
    const stored_bytes stored = encoded(plain_entry(std::string(coded_key), std::string(100'000, 'a')));
    EXPECT_EQ(entry_decoder::start(buffer::copy_of(stored.manifest), coded_key, 99'999).error(), tier_miss::too_large);
    EXPECT_TRUE(decoded(stored, coded_key, 100'000));
}

TEST(entry_codec_test, it_stays_in_redis_while_it_may_be_served) {
    const auto entry = plain_entry(std::string(coded_key), "a");
    entry->head = prepared_head(response_head{});
    const auto after = [&](milliseconds age) { return time_in_redis(*entry, entry->born + age); };
    EXPECT_EQ(after(milliseconds{0}), milliseconds{605'000});
    EXPECT_EQ(after(milliseconds{600'000}), milliseconds{5'000});
    EXPECT_EQ(after(milliseconds{604'999}), milliseconds{1'000});
    EXPECT_EQ(after(milliseconds{605'000}), milliseconds{0});
    entry->lives.stale = milliseconds{700'000};
    EXPECT_EQ(after(milliseconds{0}), milliseconds{705'000});
    entry->lives.fresh = milliseconds::max();
    EXPECT_EQ(after(milliseconds{0}), longest_in_redis);
}

TEST(entry_codec_test, what_can_be_validated_stays_longer_than_it_may_be_served) {
    const auto entry = plain_entry(std::string(coded_key), "a");
    response_head head;
    head.fields.append("ETag", "\"a\"");
    entry->head = prepared_head(head);
    EXPECT_EQ(time_in_redis(*entry, entry->born), milliseconds{605'000} + validated_in_redis);
}

TEST(entry_codec_test, a_marker_has_no_windows_and_stays_for_a_time_of_its_own) {
    entry marker;
    auto extras = std::make_unique<entry_extras>();
    extras->vary = {{.names = {"accept"}}};
    marker.extras = std::move(extras);
    EXPECT_EQ(time_in_redis(marker, wall_time(std::chrono::days(20'000))), markers_in_redis);
}

}  // namespace
}  // namespace nearside::cache
