#include "aggregators/object_layout.h"

#include "tests/unit/aggregators/shape_rig.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace nearside::aggregators {
namespace {

using random_source = std::mt19937;

std::string one_of(random_source& random, std::initializer_list<std::string_view> choices) {
    return std::string(choices.begin()[random() % choices.size()]);
}

std::string scalar(random_source& random) {
    return one_of(random, {"1", "-2.5e3", "0", "true", "false", "null", "\"x\"", "\"a,b:{[\\\"\"", "\"\"",
                           "12345678901234567890"});
}

std::string nested(random_source& random) {
    return one_of(random, {"{}", "[]", "{\"name\":\"한\"}", "{\"name\":1,\"x\":[true,{\"y\":null}]}", "[1,2,3]", "[1]",
                           "[{\"k\":1,\"l\":2},{\"k\":2,\"l\":true}]", "[{\"k\":1,\"l\":null},{\"l\":2}]"});
}

// Most items are made alike; (white space beside a comma may or may not be kept, so there is none.) Some have a member
// more or less, others in another order, names that are repeated, written with escapes or almost the same, and values
// of other types.
std::string item(random_source& random) {
    const auto rarely = [&] { return random() % 24 == 0; };
    std::vector<std::string> members;
    const auto add = [&](std::string_view name, std::string value) {
        if (rarely()) return;
        const std::string space = rarely() ? one_of(random, {" ", "\n\t", "  \r\n"}) : "";
        members.push_back("\"" + std::string(name) + "\"" + space + ":" + space + std::move(value));
    };
    add(rarely() ? "\\u0069d" : "id", scalar(random));
    add(rarely() ? "uuie" : "uuid", scalar(random));
    add(rarely() ? "a_rather_long_name_fos_nobody" : "a_rather_long_name_for_nobody", scalar(random));
    add("status", rarely() ? nested(random) : scalar(random));
    add(rarely() ? "created_by" : "created_at", scalar(random));
    add("owner", rarely() ? scalar(random) : nested(random));
    add("parts", rarely() ? nested(random) : "[{\"k\":7,\"l\":8},{\"k\":9,\"l\":[]}]");
    if (rarely()) add(one_of(random, {"id", "owner", "parts", "status", "uuid", ""}), nested(random));
    add("done", scalar(random));
    if (rarely() && members.size() > 1) std::swap(members.front(), members.back());
    std::string text = "{";
    for (const std::string& member : members)
        text += (text.size() > 1 ? "," : "") + member;
    return text + "}";
}

constexpr std::string_view views[] = {
    "{each: 'jobs[*]', pick: [id, status, created_at]}",
    "{each: 'jobs[*]', pick: [uuid, a_rather_long_name_for_nobody, done]}",
    "{each: 'jobs[*]', omit: [uuid, parts]}",
    "{each: 'jobs[*]', pick: [id, status, owner], rename: {status: state}}",
    "{each: 'jobs[*]', as: job, pick: [id, done], with: {owner: job.owner.name, list: 'job.parts[*].k', last: "
    "'job.parts[-1]'}}",
    "{each: 'jobs[*]', as: job, pick: [id], with: {more: {from: job, pick: [status, done]}, less: {from: job, omit: "
    "[id]}}}",
    "{each: 'jobs[*]', as: job, pick: [id], with: {parts: {each: 'job.parts[*]', pick: [k]}}}",
    "{each: 'jobs[*]', as: job, pick: [id], with: {all: {merge: [job, job.owner]}}}",
    "{each: 'jobs[*]', as: job, with: {id: job.id, owner: {each: 'job.owner.x[*]', as: x, with: {y: x.y}}}}",
    "{count: 'jobs[*].parts[?@.k == 7]'}",
};

compose_result compose_list(const shape& what, const std::string& text) {
    std::vector<step_value> values(4, step_value::null());
    values[2] = step_value::single(buffer::copy_of(text));
    return compose(what, values, {}, {});
}

// An item alone is never compared with another one.
TEST(object_layout, changes_nothing_of_what_is_found_in_a_list) {
    random_source random(5);
    int composed = 0;
    for (const std::string_view view : views) {
        config::complaint_list complaints;
        const auto what = compile_shape(yaml(view), board_names(), complaints);
        if (what == nullptr) {
            ADD_FAILURE() << view << ": " << complaints.front().to_string();
            continue;
        }
        const bool counts = view.starts_with("{count");
        for (int round = 0; round < 100; ++round) {
            std::string list = "[";
            std::string expected = "[";
            long counted = 0;
            // Enough for several windows of the index.
            for (int number = 0; number < 150; ++number) {
                const std::string one = item(random);
                const auto alone = compose_list(*what, "[" + one + "]");
                if (!alone) continue;  // a value of a type that the view has no use for
                const std::string text = alone->to_string();
                if (counts) {
                    counted += std::stol(text);
                } else {
                    expected += (expected.size() > 1 ? "," : "") + text.substr(1, text.size() - 2);
                }
                list += (list.size() > 1 ? "," : "") + one;
            }
            const auto together = compose_list(*what, list + "]");
            ASSERT_TRUE(together.has_value()) << view << "\n" << together.error().cause.detail << "\n" << list;
            ASSERT_EQ(together->to_string(), counts ? std::to_string(counted) : expected + "]") << view << "\n" << list;
            ++composed;
        }
    }
    EXPECT_EQ(composed, static_cast<int>(100 * std::size(views)));
}

// One byte put in, taken out or replaced, in a list that is known well: the same verdict as of the item alone.
TEST(object_layout, lets_no_fault_of_a_later_item_pass) {
    random_source random(6);
    config::complaint_list complaints;
    const auto what = compile_shape(yaml(views[0]), board_names(), complaints);
    int faults = 0;
    for (int round = 0; round < 20'000; ++round) {
        const std::string good =
            R"({"id":1,"uuid":"u","status":true,"x":[1,{"y":null}],"created_at":"2024","done":false,"progress":0.5})";
        std::string bad = good;
        const std::size_t at = random() % bad.size();
        constexpr std::string_view bytes = "{}[]:,\" \\0a-.etn1\x80";
        const char byte = bytes[random() % bytes.size()];
        switch (random() % 3) {
            case 0:
                bad.insert(at, 1, byte);
                break;
            case 1:
                bad.erase(at, 1);
                break;
            default:
                bad[at] = byte;
        }
        const auto alone = compose_list(*what, "[" + bad + "]");
        const auto together = compose_list(*what, "[" + good + "," + good + "," + good + "," + bad + "," + good + "]");
        ASSERT_EQ(alone.has_value(), together.has_value()) << bad;
        faults += alone ? 0 : 1;
    }
    EXPECT_GT(faults, 5000);
}

TEST(object_layout, is_learned_again_where_it_is_of_no_use_but_not_for_ever) {
    object_layout layout;
    EXPECT_FALSE(layout.wants_to_learn(0, 1)) << "an object that may be the only one";
    EXPECT_TRUE(layout.wants_to_learn(0, 1));
    int learned = 0;
    for (int object = 0; object < 10'000; ++object)
        learned += layout.wants_to_learn(0, 4) ? 1 : 0;
    EXPECT_LT(learned, 60);
    EXPECT_GT(learned, 10);
    EXPECT_FALSE(layout.wants_to_learn(4, 4));
    while (!layout.wants_to_learn(1, 4)) {
    }
    EXPECT_TRUE(layout.wants_to_learn(1, 4)) << "it was of use, so the next one is likely to be";
}

}  // namespace
}  // namespace nearside::aggregators
