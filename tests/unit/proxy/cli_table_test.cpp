#include "proxy/cli_table.h"

#include <gtest/gtest.h>

namespace nearside::proxy {
namespace {

TEST(cli_table, columns_are_as_wide_as_their_widest) {
    const table made{.columns = {{"NAME"}, {"SIZE", true}, {"KEY"}},
                     .rows = {{"é", "1", "x"}, {"longer", "1000", "yy"}}};
    EXPECT_EQ(made.to_string(),
              "NAME    SIZE  KEY\n"
              "é          1  x\n"
              "longer  1000  yy\n");
}

TEST(shown, nothing_that_comes_from_elsewhere_moves_the_cursor) {
    EXPECT_EQ(shown("a\x1b[2J\nb\x7f\xc2\x9b\xff é"), "a?[2J?b??? é");
}

TEST(shown, durations_and_sizes_have_the_unit_that_reads_best) {
    EXPECT_EQ(shown(milliseconds{0}), "0ms");
    EXPECT_EQ(shown(milliseconds{999}), "999ms");
    EXPECT_EQ(shown(milliseconds{3'240}), "3.2s");
    EXPECT_EQ(shown(milliseconds{59'000}), "59s");
    EXPECT_EQ(shown(milliseconds{600'000}), "10m");
    EXPECT_EQ(shown(milliseconds{86'400'000}), "24h");
    EXPECT_EQ(shown(milliseconds{259'200'000}), "3d");
    EXPECT_EQ(shown_bytes(0), "0 B");
    EXPECT_EQ(shown_bytes(1'023), "1023 B");
    EXPECT_EQ(shown_bytes(1'536), "1.5 KiB");
    EXPECT_EQ(shown_bytes(48ull * 1024 * 1024), "48 MiB");
}

}  // namespace
}  // namespace nearside::proxy
