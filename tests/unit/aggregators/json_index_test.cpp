#include "aggregators/json_index.h"

#include "aggregators/json_grammar.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace nearside::aggregators {
namespace {

std::vector<std::uint32_t> positions(json_index& index) {
    std::vector<std::uint32_t> all;
    while (index.positions()[index.next] < index.size()) {
        const std::uint32_t at = index.positions()[index.next];
        const std::uint8_t kind = index.kinds()[index.next];
        const std::uint8_t known = kind == mark::plain_number ? mark::number : kind;
        EXPECT_EQ(known, mark_kinds[static_cast<unsigned char>(index.text()[at])]) << at;
        all.push_back(at);
        if (++index.next == index.end()) index.refill();
    }
    EXPECT_EQ(index.kinds()[index.next], mark::end);
    return all;
}

TEST(json_index, finds_brackets_colons_commas_and_where_scalars_begin) {
    const buffer document = buffer::copy_of(R"( {"a:\"[": -1.5 ,"b":[true,null]})");
    json_index index;
    index.open(document);
    EXPECT_EQ(positions(index), (std::vector<std::uint32_t>{1, 2, 9, 11, 16, 17, 20, 21, 22, 26, 27, 31, 32}));
    EXPECT_FALSE(index.fault());
    EXPECT_TRUE(index.has_escapes());
}

TEST(json_index, goes_back_to_any_position_and_on_from_there) {
    std::string text = "[";
    while (text.size() < 3 * json_index::window)
        text += "\"a\\n[\",{\"b\":-12.5},";
    text += "0]";
    const buffer document = buffer::copy_of(text);
    json_index index;
    index.open(document);
    const std::vector<std::uint32_t> all = positions(index);
    for (std::size_t from = 0; from < all.size(); from += all.size() / 50) {
        index.seek(all[from]);
        const std::vector<std::uint32_t> rest = positions(index);
        ASSERT_EQ(rest, std::vector<std::uint32_t>(all.begin() + static_cast<std::ptrdiff_t>(from), all.end()));
        index.seek(index.size());
        EXPECT_EQ(index.positions()[index.next], index.size());
    }
    EXPECT_FALSE(index.fault());
}

// All instruction sets that this machine has find the same, and find the same fault.
TEST(json_index, finds_the_same_by_every_kernel) {
    constexpr std::string_view pieces[] = {"{",       "}",        "[",       "]",    ",",  ":",    "\"",  "\\", " ",
                                           "\n",      "1",        "0",       "-",    "+",  ".",    "e",   "E",  "t",
                                           "12.5e-3", "\"key\":", "\\u12ab", "\\\\", "한", "\x80", "\x01"};
    std::mt19937 random(3);
    int faults = 0;
    for (int round = 0; round < 20'000; ++round) {
        std::string text;
        // Some rounds use the pieces that are often right, so that what is found is not always a fault.
        const std::size_t choice = round % 2 == 0 ? std::size(pieces) : 6;
        for (std::size_t count = random() % 120; count > 0; --count) {
            text += pieces[random() % choice];
            if (round % 2 == 1 && random() % 3 == 0) text += std::to_string(static_cast<double>(random() % 1000) / 8);
        }
        const buffer document = buffer::copy_of(text);
        std::vector<std::uint32_t> expected;
        bool fault = false;
        for (const index_kernel& kernel : index_kernels()) {
            json_index index(kernel);
            index.open(document);
            const std::vector<std::uint32_t> found = positions(index);
            if (kernel.name == index_kernels().front().name) {
                expected = found;
                fault = index.fault();
            }
            ASSERT_EQ(found, expected) << kernel.name << ": " << text;
            ASSERT_EQ(index.fault(), fault) << kernel.name << ": " << text;
        }
        faults += fault ? 1 : 0;
    }
    EXPECT_GT(faults, 1000);
    EXPECT_LT(faults, 19'500);
}

}  // namespace
}  // namespace nearside::aggregators
