// Entries as a codec's tests want them: one of each kind, random ones, and what tells two of them apart.
#pragma once

#include "cache/entry.h"
#include "cache/entry_codec.h"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace nearside::testing {

using random_bits = std::mt19937_64;

inline std::size_t below(random_bits& bits, std::size_t bound) {
    return static_cast<std::size_t>(bits() % bound);
}

// Any bytes.
inline std::string noise(random_bits& bits, std::size_t size) {
    std::string text(size, '\0');
    for (char& each : text)
        each = static_cast<char>(bits() & 0xff);
    return text;
}

// A list of objects as APIs answer them; some bytes more than asked for.
inline std::string json_list(random_bits& bits, std::size_t size) {
    std::string text = "[";
    for (std::uint64_t id = 1; text.size() < size; ++id) {
        text += R"({"id":)" + std::to_string(id) + R"(,"name":"run-)" + std::to_string(bits() % 100'000) +
                R"(","status":")" + (bits() % 3 == 0 ? "running" : "finished") + R"(","loss":0.)" +
                std::to_string(bits() % 1'000'000'000) + R"(,"created_at":"2026-01-0)" +
                std::to_string(1 + bits() % 9) + R"(T10:00:00Z"},)";
    }
    text.back() = ']';
    return text;
}

inline std::shared_ptr<cache::entry> plain_entry(std::string key, std::string content) {
    auto made = std::make_shared<cache::entry>();
    made->key = std::move(key);
    response_head head;
    head.fields.append("Content-Type", "application/json");
    head.fields.append("ETag", "\"v1\"");
    made->head = prepared_head(head);
    made->content = body(std::move(content));
    made->born = made->content_since = wall_time(std::chrono::seconds(1'800'000'000));
    made->lives = {milliseconds{5'000}, milliseconds{60'000}, milliseconds{600'000}};
    return made;
}

inline std::shared_ptr<cache::entry> random_entry(random_bits& bits) {
    const auto words = [&bits](std::size_t most) {
        std::vector<std::string> list(below(bits, most));
        for (std::string& each : list)
            each = noise(bits, below(bits, 40));
        return list;
    };
    const auto window = [&bits] { return milliseconds(bits() % 1'000'000'000); };
    const auto moment = [&bits] { return wall_time(std::chrono::microseconds(bits() % 4'000'000'000'000'000)); };

    auto made = std::make_shared<cache::entry>();
    made->key = noise(bits, below(bits, 200));
    if (bits() % 8 != 0) {
        response_head head;
        head.status = static_cast<int>(200 + below(bits, 400));
        for (std::size_t left = below(bits, 12); left > 0; --left)
            head.fields.append("x-" + std::to_string(below(bits, 99)), std::string(below(bits, 90), 'v'));
        if (bits() % 2 == 0) head.fields.append("Content-Type", "text/plain");
        made->head = prepared_head(head);
    }
    std::vector<slice> slices;
    for (std::size_t left = below(bits, 5); left > 0; --left) {
        const std::size_t size = below(bits, 20'000);
        auto text = std::make_shared<const std::string>(bits() % 2 == 0 ? noise(bits, size) : json_list(bits, size));
        const std::string_view bytes = *text;
        slices.push_back({std::move(text), bytes});
    }
    made->content = body(std::move(slices));
    made->born = moment();
    made->content_since = moment();
    made->lives = {window(), window(), window()};
    made->stamp = bits();
    made->always_validate = bits() % 2 == 0;
    made->must_revalidate = bits() % 2 == 0;
    made->recodable = bits() % 2 == 0;
    if (bits() % 2 == 0) {
        auto extras = std::make_unique<cache::entry_extras>();
        extras->tags = words(6);
        extras->groups = words(3);
        for (std::size_t left = below(bits, 3); left > 0; --left)
            extras->vary.push_back({.names = words(4), .everything = bits() % 4 == 0});
        if (bits() % 2 == 0) {
            extras->document = buffer::copy_of(made->content.to_string());
            made->content = body(extras->document);
            extras->content_hash = bits();
        }
        made->extras = std::move(extras);
    }
    return made;
}

inline void expect_same(const cache::entry& left, const cache::entry& right) {
    EXPECT_EQ(left.key, right.key);
    EXPECT_EQ(left.head.whole().status_line, right.head.whole().status_line);
    EXPECT_EQ(left.head.whole().lines, right.head.whole().lines);
    EXPECT_EQ(left.head.status(), right.head.status());
    EXPECT_EQ(left.head.has_date(), right.head.has_date());
    EXPECT_TRUE(left.content.to_string() == right.content.to_string());
    EXPECT_EQ(left.born, right.born);
    EXPECT_EQ(left.content_since, right.content_since);
    EXPECT_EQ(left.lives, right.lives);
    EXPECT_EQ(left.stamp, right.stamp);
    EXPECT_EQ(left.always_validate, right.always_validate);
    EXPECT_EQ(left.must_revalidate, right.must_revalidate);
    EXPECT_EQ(left.recodable, right.recodable);
    static const cache::entry_extras none;
    const cache::entry_extras& of_left = left.extras ? *left.extras : none;
    const cache::entry_extras& of_right = right.extras ? *right.extras : none;
    EXPECT_EQ(of_left.tags, of_right.tags);
    EXPECT_EQ(of_left.groups, of_right.groups);
    EXPECT_EQ(of_left.vary, of_right.vary);
    EXPECT_EQ(of_left.content_hash, of_right.content_hash);
    EXPECT_TRUE(of_left.document.view() == of_right.document.view());
}

struct stored_bytes {
    std::vector<std::string> chunks;
    std::string manifest;
};

// The entry must be one that can travel.
inline stored_bytes encoded(cache::entry_ptr of, std::uint64_t generation = 7) {
    stored_bytes made;
    auto encoder = cache::entry_encoder::start(std::move(of), generation).value();
    while (auto chunk = encoder.next_chunk())
        made.chunks.push_back(*std::move(chunk));
    made.manifest = encoder.manifest();
    return made;
}

inline cache::tier_result<std::shared_ptr<cache::entry>> decoded(const stored_bytes& from, std::string_view key,
                                                                 std::uint64_t most_bytes = 1ull << 30) {
    auto decoder = cache::entry_decoder::start(buffer::copy_of(from.manifest), key, most_bytes);
    if (!decoder) return decoder.error();
    for (const std::string& each : from.chunks) {
        const cache::tier_miss miss = decoder->take_chunk(each);
        if (miss != cache::tier_miss::none) return miss;
    }
    return decoder->finish();
}

}  // namespace nearside::testing
