// Random documents and random shapes: what compose() splices equals what a plain evaluator of the same `out` builds
// from a tree of the documents.
#include "tests/unit/aggregators/random_views.h"
#include "tests/unit/aggregators/reference_evaluator.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace nearside::aggregators {
namespace {

std::string without_space(std::string_view json) {
    std::string text;
    bool quoted = false;
    for (std::size_t at = 0; at < json.size(); ++at) {
        if (quoted && json[at] == '\\')
            text += json[at++];
        else if (json[at] == '"')
            quoted = !quoted;
        if (quoted || json[at] != ' ') text += json[at];
    }
    return text;
}

TEST(compose_property, splices_what_a_plain_evaluator_builds) {
    const shape_names names{{{"project", false, ""}, {"jobs", false, ""}, {"metrics", true, "jobs"}}, {}};
    int compared = 0;
    int refused = 0;
    std::size_t bytes = 0;
    for (unsigned seed = 0; seed < 12'000; ++seed) {
        view_generator make(seed);
        std::vector<step_value> values = {step_value::single(buffer::copy_of(make.document(5))),
                                          step_value::single(buffer::copy_of(make.document(5)))};
        std::vector<std::string> metrics;
        for (unsigned count = make.below(4); count > 0; --count)
            metrics.push_back(make.chance(20) ? "" : make.document(3));
        values.push_back(for_each(values[1], make.chance(50) ? "$[*]" : "a[*]", metrics));
        const std::string text = make.out(4);
        const config::node out =
            yaml("x: " + text).find("x") == nullptr ? config::node{} : *yaml("x: " + text).find("x");

        std::vector<config::complaint> complaints;
        const auto shape = compile_shape(out, names, complaints);
        ASSERT_NE(shape, nullptr) << text << "\n" << complaints.front().to_string();
        const auto composed = compose(*shape, values, {}, {});
        std::optional<std::string> expected;
        try {
            expected = evaluator(values, names).show(out);
        } catch (const std::string&) {
            expected.reset();  // it can't be shown
        }
        const auto story = [&] {
            std::string all = "seed " + std::to_string(seed) + "\nout: " + text;
            for (const step_value& value : values)
                for (const buffer& document : value.documents)
                    all += "\n" + std::string(document.view());
            return all;
        };
        if (!composed) {
            // A wrong type is refused even where a part is read that then isn't shown.
            ASSERT_EQ(composed.error().cause.code, errc::wrong_type) << story();
            ++refused;
            continue;
        }
        ASSERT_TRUE(expected.has_value()) << story() << "\n" << composed->to_string();
        ASSERT_EQ(without_space(composed->to_string()), without_space(*expected)) << story();
        ++compared;
        bytes += expected->size();
    }
    EXPECT_GT(compared, 5'000);
    EXPECT_GT(refused, 50);
    EXPECT_GT(bytes, 150'000u);
}

}  // namespace
}  // namespace nearside::aggregators
