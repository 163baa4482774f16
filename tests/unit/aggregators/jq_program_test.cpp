#include "aggregators/jq_program.h"

#include "config/parse_yaml.h"
#include "tests/unit/aggregators/jq_peer.h"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

namespace nearside::aggregators {
namespace {

std::shared_ptr<const jq_program> compiled_program(std::string_view text) {
    auto program = jq_program::compile(text);
    EXPECT_TRUE(program.has_value()) << text << ": " << program.error().what;
    return program ? *program : nullptr;
}

std::string run(std::string_view text, std::string_view document, const jq_limits& limits = {}) {
    const auto program = compiled_program(text);
    if (program == nullptr) return {};
    const auto made = program->run(buffer::copy_of(document), limits);
    if (!made) return std::string(to_string(made.error().code)) + ": " + made.error().detail;
    return std::string(made->view());
}

std::string program_problem(std::string_view text) {
    const auto program = jq_program::compile(text);
    if (program) return "compiles";
    return std::to_string(program.error().line) + ":" + std::to_string(program.error().column) + ": " +
           program.error().what;
}

TEST(jq_program, makes_one_value_of_a_document) {
    EXPECT_EQ(run("{n: .name, ids: [.jobs[].id]}", R"({"name": "Ä", "jobs": [{"id": 1}, {"id": 2}]})"),
              R"({"n":"Ä","ids":[1,2]})");
    EXPECT_EQ(run(".a.b", "{}"), "null");
    EXPECT_EQ(run("def twice: . * 2; # a comment\n map(twice)", "[1, 2]"), "[2,4]");
}

TEST(jq_program, no_value_is_null_and_several_are_an_error) {
    EXPECT_EQ(run("empty", "1"), "null");
    EXPECT_EQ(run(".[]", "[1]"), "1");
    EXPECT_EQ(run(".[]", "[1,2]"),
              "jq_failed: the jq program makes several values; write `[...]` around it for a list of them");
    EXPECT_EQ(run("1, error(\"late\")", "null"), "jq_failed: the jq program says: late");
}

TEST(jq_program, what_is_no_program_is_told_with_line_and_column) {
    EXPECT_EQ(program_problem(".a | | .b"), "1:6: syntax error, unexpected '|'");
    EXPECT_EQ(program_problem("map(\n  nope(1))"), "2:3: nope/1 is not defined");
    EXPECT_EQ(program_problem("nope"), "1:1: nope/0 is not defined");
    EXPECT_EQ(program_problem(" "), "1:1: an empty program");
    EXPECT_EQ(program_problem("$id"), "1:1: $id is not defined");
    EXPECT_NE(program_problem("import \"a\" as a; 1").find("unexpected import"), std::string::npos);
    EXPECT_NE(program_problem(std::string(70'000, ' ') + ".").find("65536 bytes"), std::string::npos);
}

TEST(jq_program, complaints_stand_where_the_program_does) {
    const auto complaint = [](std::string_view text) {
        config::complaint_list parsing;
        const config::node root = config::parse_yaml("view.yaml", text, parsing).root;
        std::vector<config::complaint> complaints;
        EXPECT_EQ(compile_jq(*root.find("jq"), complaints), nullptr);
        return complaints.size() == 1 ? complaints.front().to_string() : std::string();
    };
    const std::string mend = "; try it with the program `jq`, on a document of the upstream";
    EXPECT_EQ(complaint("jq: '.a | nope'"), "view.yaml:1:11: no jq program: nope/0 is not defined" + mend);
    EXPECT_EQ(complaint("jq: .a | nope"), "view.yaml:1:10: no jq program: nope/0 is not defined" + mend);
    EXPECT_NE(complaint("jq: |\n  .a |\n    nope\n").find("nope/0 is not defined, in line 2 of the program, column 3"),
              std::string::npos);
    EXPECT_NE(complaint("jq: [1]").find("`jq` takes a program"), std::string::npos);
}

TEST(jq_program, a_document_that_is_not_json_never_gets_in) {
    EXPECT_EQ(run(".", "[1,]").substr(0, 12), "invalid_json");
    EXPECT_EQ(run(".", "nan").substr(0, 12), "invalid_json");
    EXPECT_EQ(run(".", "\"\xff\"").substr(0, 12), "invalid_json");
    EXPECT_EQ(run(".", "1 2").substr(0, 12), "invalid_json");
    EXPECT_EQ(run(".", std::string(300, '[') + std::string(300, ']'), {.depth = 4096}).substr(0, 11), "depth_limit");
    EXPECT_EQ(run(".", R"("\ud800")").substr(0, 38), "jq_failed: jq can't read the document:");
}

TEST(jq_program, what_is_not_json_never_gets_out) {
    EXPECT_EQ(run("nan, infinite | select(. > 0)", "null"), "1.7976931348623157e+308");
    EXPECT_EQ(run("nan", "null"), "null");
    EXPECT_EQ(run("[55296] | implode", "null"), "\"\xef\xbf\xbd\"");
    EXPECT_EQ(run("reduce range(1000) as $i (null; [.])", "null", {.depth = 4096}).substr(0, 11), "depth_limit");
    EXPECT_EQ(run("reduce range(200) as $i (null; [.])", "null").substr(0, 11), "depth_limit");
    EXPECT_EQ(run("reduce range(100) as $i (0; [.])", "null"), std::string(100, '[') + "0" + std::string(100, ']'));
}

TEST(jq_program, sizes_are_limited) {
    EXPECT_EQ(run(".", "[1,2,3]", {.document_bytes = 6}).substr(0, 18), "response_too_large");
    EXPECT_EQ(run(".+.", "\"abcdef\"", {.result_bytes = 13}).substr(0, 18), "response_too_large");
    EXPECT_EQ(run(".", "[1,2,3]", {.document_bytes = 7, .result_bytes = 7}), "[1,2,3]");
}

TEST(jq_program, one_that_never_ends_is_ended_and_the_next_run_is_as_ever) {
    const auto program = compiled_program("if . == 1 then last(range(1e15)) else . end");
    const jq_limits limits{.time = std::chrono::milliseconds(50)};
    for (int round = 0; round < 2; ++round) {
        const auto endless = program->run(buffer::copy_of("1"), limits);
        ASSERT_FALSE(endless.has_value());
        EXPECT_EQ(endless.error().code, errc::jq_failed);
        EXPECT_NE(endless.error().detail.find("longer than 50 ms"), std::string::npos);
        EXPECT_EQ(program->run(buffer::copy_of("[2]"), limits)->view(), "[2]");
    }
}

TEST(jq_program, sees_nothing_but_its_document) {
    ASSERT_EQ(setenv("NEARSIDE_TEST_SECRET", "hush", 1), 0);
    EXPECT_EQ(run("$ENV", "1"), "{}");
    EXPECT_EQ(run("env", "1"), "jq_failed: the jq program says: a program can't read the environment");
    EXPECT_EQ(run("[inputs]", "1"), "[]");
    EXPECT_EQ(run("input", "1"), "jq_failed: the jq program says: there is one input");
    EXPECT_EQ(run("\"/etc/passwd\" | modulemeta", "1"), "jq_failed: the jq program says: there are no modules");
    EXPECT_EQ(run("input_filename", "1"), "null");
    EXPECT_EQ(run("stderr | debug", "1"), "1");
}

TEST(jq_program, what_would_end_the_process_is_an_error) {
    EXPECT_EQ(run("halt", "1"), "jq_failed: the jq program says: halt");
    EXPECT_EQ(run("halt_error", "\"x\""), "jq_failed: the jq program says: halt");
    EXPECT_EQ(run("todate", "1e300"), "jq_failed: the jq program says: no such time");
    EXPECT_EQ(run("todate", "0"), "\"1970-01-01T00:00:00Z\"");
    EXPECT_EQ(run("strftime(\"%Y\")", "86400"), "\"1970\"");
    EXPECT_EQ(run("tonumber", "\"nan\""), "jq_failed: the jq program says: not a number");
    EXPECT_EQ(run("[indices(\"\"), index(\"\"), rindex(\"b\"), indices(\"b\")]", "\"abb\""), "[null,null,2,[1,2]]");
    EXPECT_EQ(run("indices(1)", "[1,2,1]"), "[0,2]");
}

#if !defined(__SANITIZE_ADDRESS__) && !__has_feature(address_sanitizer)
// What broke stays in memory, which AddressSanitizer would tell of.
TEST(jq_program, an_assertion_of_libjq_is_an_error_and_the_next_run_is_as_ever) {
    const auto program = compiled_program("if . == 1 then \"abc\"[nan:] else . end");
    for (int round = 0; round < 3; ++round) {
        const auto broken = program->run(buffer::copy_of("1"), {});
        ASSERT_FALSE(broken.has_value());
        EXPECT_EQ(broken.error().code, errc::jq_failed);
        EXPECT_EQ(broken.error().detail, "the jq program broke: an assertion of jq failed");
        EXPECT_EQ(program->run(buffer::copy_of("[2]"), {})->view(), "[2]");
    }
}

TEST(jq_program, one_that_loses_memory_again_and_again_is_run_no_more) {
    const auto program = compiled_program("if . == 1 then \"0123456789\" * 1e8 else . end");
    const jq_limits limits{.memory_bytes = 64 * 1024 * 1024};
    std::size_t rounds = 0;
    std::string detail;
    while (++rounds < 20 && detail.find("broke too often") == std::string::npos)
        detail = program->run(buffer::copy_of("1"), limits).error().detail;
    EXPECT_EQ(detail, "jq can't start, or broke too often on this program");
    EXPECT_GT(rounds, 3U);
}

TEST(jq_program, memory_is_limited_whether_it_grows_bit_by_bit_or_at_once) {
    const jq_limits limits{.memory_bytes = 16 * 1024 * 1024};
    for (const char* program : {"[range(1e9)]", "[repeat(1)]", "reduce range(1e9) as $i (\"\"; . + \"0123456789\")",
                                "\"0123456789\" * 1e8", ".[1e9] = 1"}) {
        const auto made = compiled_program(program)->run(buffer::copy_of(program[0] == '.' ? "[]" : "0"), limits);
        ASSERT_FALSE(made.has_value()) << program;
        EXPECT_EQ(made.error().code, errc::jq_failed);
        EXPECT_NE(made.error().detail.find("bytes of memory"), std::string::npos) << made.error().detail;
    }
}
#endif

TEST(jq_program, long_messages_of_a_program_are_cut_between_characters) {
    const std::string said = run("error(\"ä\" * 1000)", "1");
    EXPECT_LT(said.size(), 260u);
    EXPECT_TRUE(said.ends_with("ä...")) << said;
    EXPECT_EQ(run("error(null)", "1"), "null");
    EXPECT_EQ(run("error({a: 1})", "1"), "jq_failed: the jq program says: {\"a\":1}");
}

TEST(jq_program, many_threads_run_one_program) {
    const auto program = compiled_program("[.[] | . * . ] | add");
    std::vector<std::jthread> threads;
    std::array<int, 4> wrong{};
    for (std::size_t number = 0; number < wrong.size(); ++number)
        threads.emplace_back([&, number] {
            for (int round = 0; round < 50; ++round) {
                const auto made = program->run(buffer::copy_of("[1,2," + std::to_string(round) + "]"), {});
                if (!made || made->view() != std::to_string(5 + round * round)) ++wrong[number];
            }
        });
    threads.clear();
    EXPECT_EQ(wrong, (std::array<int, 4>{}));
}

TEST(jq_program, makes_what_the_program_jq_prints) {
    const std::string document = R"({"jobs": [{"id": 12345678901234567890, "t": "b\u00e9\ud83d\ude00"}, {"id": 1.50,
        "t": null, "tags": ["x", "y"]}, {"id": -0, "t": "a"}], "n": 1e2, "deep": {"a": {"b": [[[]]]}}})";
    for (const std::string program :
         {".", "keys", ".jobs | map(.id)", ".jobs | sort_by(.t)", "[paths]", "[.. | numbers]", "tojson",
          ".jobs | group_by(.t) | map(length)", "[.jobs[].t | strings | explode]", "to_entries | map(.key)",
          "[.jobs[] | {id, n: (.tags // [] | length)}] | unique_by(.n)", "[.jobs[].t | strings | test(\"^a\")]",
          "path(..) as $p | select($p == [\"n\"]) | getpath($p)", "[limit(2; .jobs[])] | first | .t | ascii_downcase",
          "[.jobs[].t // \"none\" | index(\"a\")]", "@base64 \"x\\(.n)\"", "reduce .jobs[] as $j (0; . + $j.id)"}) {
        const std::string expected = print_by_jq(program, document);
        ASSERT_TRUE(expected.ends_with('\n')) << program << " printed " << expected;
        EXPECT_EQ(run(program, document) + "\n", expected) << program;
    }
}

}  // namespace
}  // namespace nearside::aggregators
