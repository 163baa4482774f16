#include "aggregators/sorted_results.h"

#include "tests/unit/aggregators/shape_rig.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace nearside::aggregators {
namespace {

std::string joined_text(rope&& text) {
    return std::move(text).finish().to_string();
}

struct plain_item {
    std::string text;
    std::string key;
};

// Items come, and are taken back as an object with a repeated name takes them back: what is shown at the end is what
// sorting all of the others gives.
TEST(sorted_results, shows_what_sorting_everything_would) {
    std::mt19937 random(9);
    std::vector<std::string> keys;
    for (int key = 0; key < 40; ++key)
        keys.push_back(std::to_string(key));
    for (int round = 0; round < 200; ++round) {
        const std::vector<bool> descending = {round % 2 == 0};
        const std::uint64_t shown = random() % 30;
        const std::uint64_t offset = random() % 3;
        sorted_results results(descending, shown);
        rope text;
        std::vector<plain_item> model;
        std::vector<std::pair<std::size_t, rope::mark>> memories;
        for (int step = 0; step < 2000; ++step) {
            const unsigned choice = random() % 200;
            if (choice == 0) {
                memories.emplace_back(model.size(), text.here());
                results.remember(text);
            } else if (choice == 1 && !memories.empty()) {
                model.resize(memories.back().first);
                text.back_to(memories.back().second);
                results.go_back();
            } else if (choice == 2 && !memories.empty()) {
                memories.pop_back();
                results.forget(text);
            } else {
                model.push_back({std::to_string(step), keys[random() % keys.size()]});
                results.begin_item(text);
                text.append(model.back().text);
                const std::string_view key = *std::ranges::find(keys, model.back().key);
                results.end_item(text, std::span(&key, 1));
            }
        }
        std::ranges::sort(model, [&](const plain_item& left, const plain_item& right) {
            const int a = std::stoi(left.key);
            const int b = std::stoi(right.key);
            if (a == b) return std::stoi(left.text) < std::stoi(right.text);
            return descending[0] ? a > b : a < b;
        });
        std::string expected;
        for (std::size_t at = offset; at < std::min<std::size_t>(model.size(), shown); ++at)
            expected += (at > offset ? "," : "") + model[at].text;
        rope out;
        results.write(text, offset, out);
        ASSERT_EQ(joined_text(std::move(out)), expected) << round;
    }
}

TEST(sorted_results, hold_a_few_times_what_is_shown_and_no_more) {
    const std::vector<bool> descending = {false};
    sorted_results results(descending, 10);
    rope text;
    std::vector<std::string> keys;
    for (int number = 100'000; number > 0; --number)
        keys.push_back(std::to_string(number));
    for (const std::string& key : keys) {
        results.begin_item(text);
        text.append("0123456789");
        const std::string_view by = key;
        results.end_item(text, std::span(&by, 1));
        ASSERT_LE(text.size(), 10u * 300);
    }
}

TEST(sorted_results, of_a_whole_view_are_those_of_the_plain_order) {
    std::mt19937 random(10);
    config::complaint_list complaints;
    const auto what = compile_shape(yaml("{flatten: 'jobs[*].parts', pick: [n], sort: [{by: k, "
                                         "order: desc}, n], offset: 2, limit: 5}"),
                                    board_names(), complaints);
    ASSERT_NE(what, nullptr) << complaints.front().to_string();
    std::vector<std::pair<int, int>> model;
    std::string list = "[";
    for (int number = 0, job = 0; job < 60; ++job) {
        list += job > 0 ? ",{" : "{";
        // The first list is forgotten: the last one of a name counts.
        if (job % 7 == 0) list += R"("parts":[{"k":1000,"n":1},{"k":1001,"n":1}],)";
        list += "\"parts\":[";
        for (int part = 0; part < 40; ++part, ++number) {
            const int key = static_cast<int>(random() % 100);
            model.emplace_back(-key, number);
            list +=
                (part > 0 ? "," : "") + ("{\"k\":" + std::to_string(key)) + ",\"n\":" + std::to_string(number) + "}";
        }
        list += "]}";
    }
    std::vector<step_value> values(4, step_value::null());
    values[2] = step_value::single(buffer::copy_of(list + "]"));
    const auto made = compose(*what, values, {}, {});
    ASSERT_TRUE(made.has_value()) << made.error().cause.detail;
    std::ranges::sort(model);
    std::string expected = "[";
    for (std::size_t at = 2; at < 7; ++at)
        expected += (at > 2 ? "," : "") + ("{\"n\":" + std::to_string(model[at].second)) + "}";
    EXPECT_EQ(made->to_string(), expected + "]");
}

}  // namespace
}  // namespace nearside::aggregators
