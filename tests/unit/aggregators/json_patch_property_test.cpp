// Whatever two documents are, the patch between them makes the one the other.
#include "aggregators/json_patch.h"
#include "tests/support/apply_json_patch.h"
#include "tests/unit/aggregators/random_documents.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace nearside::aggregators {
namespace {

void expect_right(const std::string& older, const std::string& newer, std::size_t limit) {
    const auto patch = json_patch(buffer::copy_of(older), buffer::copy_of(newer), {.limit = limit});
    // A replacement of the whole always is one.
    ASSERT_TRUE(patch || limit < newer.size() + 100);
    if (!patch) return;
    ASSERT_LE(patch->size(), limit);
    ASSERT_LE(patch->size(), newer.size() + 100);
    ASSERT_EQ(support::apply_json_patch(support::read_json_tree(older), *patch), support::read_json_tree(newer))
        << older << "\n"
        << newer << "\n"
        << *patch;
}

class json_patch_property : public ::testing::TestWithParam<unsigned> {};

TEST_P(json_patch_property, of_a_document_and_what_became_of_it) {
    random_documents make(GetParam());
    for (int round = 0; round < 800 && !HasFatalFailure(); ++round) {
        random_documents::value one = make.any();
        const std::string older = make.text_of(one);
        make.change(one, 1 + make.below(6));
        expect_right(older, make.text_of(one), make.below(4) == 0 ? make.below(300) : 1'000'000);
    }
}

TEST_P(json_patch_property, of_two_documents_that_have_nothing_in_common) {
    random_documents make(GetParam() + 100);
    for (int round = 0; round < 300 && !HasFatalFailure(); ++round) {
        const std::string older = make.text_of(make.any());
        expect_right(older, make.text_of(make.any()), 1'000'000);
    }
}

TEST_P(json_patch_property, of_versions_one_after_the_other) {
    random_documents make(GetParam() + 200);
    random_documents::value one = make.any();
    std::string older = make.text_of(one);
    for (int round = 0; round < 300 && !HasFatalFailure(); ++round) {
        if (older.size() > 3000) older = make.text_of(one = make.any());
        make.change(one, 1 + make.below(3));
        const std::string newer = make.text_of(one);
        expect_right(older, newer, 1'000'000);
        older = newer;
    }
}

INSTANTIATE_TEST_SUITE_P(seeds, json_patch_property, ::testing::Range(0u, 4u));

}  // namespace
}  // namespace nearside::aggregators
