// The words of `out` against the program `jq`, where it has an equivalent: many random documents in one process.
#include "tests/unit/aggregators/jq_peer.h"
#include "tests/unit/aggregators/shape_rig.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace nearside::aggregators {
namespace {

// Written as jq writes it: names sorted, numbers that a double holds, no name twice.
class document_maker {
public:
    explicit document_maker(unsigned seed) : random_(seed) {}

    unsigned below(unsigned limit) { return static_cast<unsigned>(random_() % limit); }

    std::string scalar() {
        constexpr const char* scalars[] = {
            "null",    "true", "false", "0",     "1",     "-7",     "2.5",
            "1000000", "\"\"", "\"a\"", "\"b\"", "\"ä\"", "\"aB\"", "\"\xf0\x9f\x98\x80\"",
            "10",      "\"A\""};
        return scalars[below(16)];
    }
    std::string list(unsigned depth) {
        std::string text;
        for (unsigned count = below(4); count > 0; --count)
            text += (text.empty() ? "" : ",") + (depth == 0 ? scalar() : list(depth - 1));
        return below(5) == 0 && depth > 0 ? scalar() : "[" + text + "]";
    }
    std::string object() {
        std::string text;
        for (const char* const name : {"k", "l", "n", "t"}) {
            if (below(5) == 0) continue;
            text += (text.empty() ? "\"" : ",\"") + std::string(name) + "\":" + (*name == 'l' ? list(1) : scalar());
        }
        return "{" + text + "}";
    }
    std::string whole() {
        std::string items;
        for (unsigned count = below(8); count > 0; --count)
            items += (items.empty() ? "" : ",") + object();
        return "{\"items\":[" + items + "],\"o\":" + object() + ",\"p\":" + (below(6) == 0 ? "null" : object()) + "}";
    }

private:
    std::mt19937 random_;
};

struct pair {
    std::string out;
    std::string jq;
};

pair any_word(document_maker& random) {
    const std::string some = std::string(1, "kltn"[random.below(4)]);
    const std::string other = std::string(1, "kltn"[random.below(4)]);
    const std::string number = std::to_string(random.below(5));
    const std::string key = std::string(1, "knt"[random.below(3)]);
    const auto name = [](const std::string& one) { return "\"" + one + "\""; };
    // jq sorts null first, and its reverse is not stable.
    const std::string ascending = "(map(select(." + key + " != null)) | sort_by(." + key + "))";
    const std::string descending = "(map(select(." + key + " != null)) | reverse | sort_by(." + key + ") | reverse)";
    const std::string nothing = " + map(select(." + key + " == null))";
    const pair all[] = {
        {"{from: doc.o, pick: [" + some + ", " + other + "]}",
         ".o | with_entries(select(.key == " + name(some) + " or .key == " + name(other) + "))"},
        {"{from: doc.o, omit: [" + some + "]}", ".o | del(." + some + ")"},
        {"{from: doc.o, rename: {" + some + ": z}}",
         ".o | with_entries(if .key == " + name(some) + " then .key = \"z\" else . end)"},
        {"{each: 'doc.items[*]', pick: [k], rename: {k: z}}",
         ".items | map(with_entries(select(.key == \"k\") | .key = \"z\"))"},
        {"{first: 'doc.items[*]'}", ".items | first"},
        {"{first: 'doc.items[*]', offset: " + number + "}", ".items[" + number + "]"},
        {"{count: 'doc.items[*].l[*]'}", "[.items[].l | arrays | .[]] | length"},
        {"{count: 'doc.items[*]." + key + "'}", "[.items[] | select(has(" + name(key) + "))] | length"},
        {"{each: 'doc.items[*]', sort: " + key + "}", ".items | " + ascending + nothing},
        {"{each: 'doc.items[*]', sort: {by: " + key + ", order: desc}}", ".items | " + descending + nothing},
        {"{each: 'doc.items[*]', sort: " + key + ", limit: " + number + ", pick: [" + key + "]}",
         ".items | (" + ascending + nothing + ")[:" + number + "] | map(with_entries(select(.key == " + name(key) +
             ")))"},
        {"{each: 'doc.items[*]', limit: " + number + "}", ".items[:" + number + "]"},
        {"{each: 'doc.items[*]', offset: 1, limit: " + number + "}", ".items[1:][:" + number + "]"},
        {"{flatten: 'doc.items[*].l'}", "[.items[] | select(has(\"l\")) | .l] | flatten(1)"},
        {"{flatten: 'doc.items[*].l', limit: " + number + "}",
         "[.items[] | select(has(\"l\")) | .l] | flatten(1)[:" + number + "]"},
        {"{merge: [doc.o, doc.p]}", ".o + .p"},
        {"{merge: [doc.p, doc.o], omit: [" + some + "], with: {x: 1}}", ".p + .o | del(." + some + ") | .x = 1"},
        {"{merge: 'doc.items[*]'}", ".items | add"},
        {"'doc.items[*]." + some + "'", "[.items[] | select(has(" + name(some) + ")) | ." + some + "]"},
        {"{each: 'doc.items[*]', as: i, pick: [], with: {a: i.k, b: {count: 'doc.items[*]'}, c: [doc.o." + some + "]}}",
         ". as $doc | .items | map({a: .k, b: ($doc.items | length), c: [$doc.o." + some + "]})"},
    };
    return all[random.below(std::size(all))];
}

TEST(compose_jq, makes_what_the_program_jq_makes_of_the_same_documents) {
    constexpr unsigned cases = 600;
    const shape_names names{{{"doc", false, ""}}, {}};
    std::string documents;
    std::string program;
    std::vector<std::string> stories;
    for (unsigned seed = 0; seed < cases; ++seed) {
        document_maker random(seed);
        const std::string document = random.whole();
        const pair word = any_word(random);
        std::vector<config::complaint> complaints;
        const config::node root = yaml("x: " + word.out);
        const auto shape = compile_shape(*root.find("x"), names, complaints);
        ASSERT_NE(shape, nullptr) << word.out << ": " << complaints.front().to_string();
        const std::vector<step_value> values = {step_value::single(buffer::copy_of(document))};
        const auto composed = compose(*shape, values, {}, {});
        // A list that is a text or a number is an error here.
        if (!composed) {
            ASSERT_EQ(composed.error().cause.code, errc::wrong_type) << word.out << "\n" << document;
            continue;
        }
        const std::string made = composed->to_string();
        const std::string at = std::to_string(stories.size());
        documents += (documents.empty() ? "[" : ",\n[") + document + "," + made + "]";
        program += (program.empty() ? "" : ",\n") + ("(.[" + at + "] | .[1] == (.[0] | " + word.jq + "))");
        stories.push_back("seed " + std::to_string(seed) + ": " + word.out + "\n" + document + "\n" + made);
    }
    ASSERT_GT(stories.size(), cases * 9 / 10);
    const std::string printed = print_by_jq(program, "[" + documents + "]");
    std::size_t line = 0;
    for (std::size_t at = 0; at < printed.size(); ++line) {
        const std::size_t end = printed.find('\n', at);
        EXPECT_EQ(printed.substr(at, end - at), "true") << stories[line];
        at = end + 1;
    }
    EXPECT_EQ(line, stories.size()) << program.substr(0, 300);
}

}  // namespace
}  // namespace nearside::aggregators
