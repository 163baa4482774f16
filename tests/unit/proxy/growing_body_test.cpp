#include "proxy/growing_body.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>

namespace nearside::proxy {
namespace {

using body_state = growing_body::state;

std::string read_all(growing_body::reader& from) {
    std::string got;
    for (;;) {
        const growing_body::portion portion = from.next();
        if (portion.bytes.empty()) return got;
        got += portion.bytes;
    }
}

TEST(growing_body_test, a_reader_gets_what_is_there_and_waits_for_the_rest) {
    const auto growing = std::make_shared<growing_body>(std::nullopt);
    const auto reader = growing_body::reader::join(growing);
    EXPECT_EQ(reader->next().is, body_state::growing);
    int woken = 0;
    EXPECT_TRUE(reader->on_growth([&] { ++woken; }));
    growing->append("hello ");
    EXPECT_EQ(woken, 1);
    EXPECT_FALSE(reader->on_growth([&] { ++woken; }));
    EXPECT_EQ(read_all(*reader), "hello ");
    growing->append("world");
    growing->finish({});
    EXPECT_EQ(read_all(*reader), "world");
    EXPECT_EQ(reader->next().is, body_state::complete);
    EXPECT_EQ(woken, 1);
}

TEST(growing_body_test, the_end_wakes_a_reader_that_has_everything) {
    const auto growing = std::make_shared<growing_body>(5);
    const auto reader = growing_body::reader::join(growing);
    growing->append("whole");
    EXPECT_EQ(read_all(*reader), "whole");
    int woken = 0;
    EXPECT_TRUE(reader->on_growth([&] { ++woken; }));
    growing->fail();
    EXPECT_EQ(woken, 1);
    EXPECT_EQ(reader->next().is, body_state::broken);
}

TEST(growing_body_test, who_joins_late_reads_from_the_beginning) {
    const auto growing = std::make_shared<growing_body>(std::nullopt);
    growing->append(std::string(100'000, 'a'));
    const auto reader = growing_body::reader::join(growing);
    growing->append(std::string(100'000, 'b'));
    growing->finish({});
    EXPECT_EQ(read_all(*reader), std::string(100'000, 'a') + std::string(100'000, 'b'));
}

TEST(growing_body_test, a_body_of_unknown_length_is_whole_and_exact_at_its_end) {
    growing_body growing(std::nullopt);
    std::string expected;
    for (int piece = 0; piece < 50; ++piece) {
        const std::string bytes(static_cast<std::size_t>(piece * 97), static_cast<char>('a' + piece % 26));
        growing.append(bytes);
        expected += bytes;
    }
    growing.finish({});
    EXPECT_EQ(growing.whole().to_string(), expected);
    growing_body small(std::nullopt);
    small.append("tiny");
    small.finish({});
    EXPECT_EQ(small.whole().to_string(), "tiny");
    EXPECT_EQ(small.whole().slices().size(), 1u);
}

TEST(growing_body_test, what_is_not_kept_makes_the_writer_wait_for_the_slowest_reader) {
    const auto growing = std::make_shared<growing_body>(std::nullopt);
    const auto fast = growing_body::reader::join(growing);
    auto slow = growing_body::reader::join(growing);
    growing->append(std::string(3'000'000, 'x'));
    growing->stop_keeping();
    EXPECT_EQ(read_all(*fast).size(), 3'000'000u);
    int room = 0;
    EXPECT_TRUE(growing->on_room(1'000'000, [&] { ++room; }));
    while (room == 0 && !slow->next().bytes.empty()) {
    }
    EXPECT_EQ(room, 1);
    EXPECT_EQ(growing_body::reader::join(growing), nullptr);
    EXPECT_EQ(growing->readers(), 2u);
}

TEST(growing_body_test, a_reader_that_leaves_holds_nobody_up) {
    const auto growing = std::make_shared<growing_body>(std::nullopt);
    auto slow = growing_body::reader::join(growing);
    growing->append(std::string(3'000'000, 'x'));
    growing->stop_keeping();
    int room = 0;
    EXPECT_TRUE(growing->on_room(1'000'000, [&] { ++room; }));
    slow.reset();
    EXPECT_EQ(room, 1);
    EXPECT_EQ(growing->readers(), 0u);
    EXPECT_FALSE(growing->on_room(0, [&] { ++room; }));
}

TEST(growing_body_test, readers_on_other_threads_see_the_same_bytes) {
    const auto growing = std::make_shared<growing_body>(std::nullopt);
    constexpr std::size_t total = 2'000'000;
    const auto read = [growing](std::size_t& got) {
        const auto reader = growing_body::reader::join(growing);
        char expected = 0;
        for (;;) {
            const growing_body::portion portion = reader->next();
            for (const char byte : portion.bytes) {
                if (byte != expected++) return;
            }
            got += portion.bytes.size();
            if (portion.bytes.empty() && portion.is == body_state::complete) return;
            if (portion.bytes.empty()) std::this_thread::yield();
        }
    };
    std::size_t first = 0, second = 0;
    std::thread one(read, std::ref(first)), two(read, std::ref(second));
    char next = 0;
    for (std::size_t at = 0; at < total;) {
        std::string piece(std::min<std::size_t>(777, total - at), '\0');
        for (char& byte : piece)
            byte = next++;
        growing->append(piece);
        at += piece.size();
    }
    growing->finish({});
    one.join();
    two.join();
    EXPECT_EQ(first, total);
    EXPECT_EQ(second, total);
}

}  // namespace
}  // namespace nearside::proxy
