#include "aggregators/jq_program.h"

#include "aggregators/jq_machine.h"
#include "aggregators/json_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <stdexcept>
#include <utility>

namespace nearside::aggregators {
namespace {

constexpr std::size_t longest_program = 64 * 1024;
constexpr std::size_t longest_detail = 200;  // bytes of what a program says, in an error

// Of jq's complaints the first, as "what"; where it is, from the text that follows it: the line of the program, and as
// many spaces as there are bytes before the place.
jq_problem first_problem(std::string_view complaints, std::string_view program) {
    jq_problem problem;
    constexpr std::string_view head = "jq: error: ";
    if (complaints.starts_with(head)) complaints.remove_prefix(head.size());
    constexpr std::string_view place = " at <top-level>, line ";
    const std::size_t placed = complaints.find(place);
    std::string_view what = complaints.substr(0, std::min(placed, complaints.find('\n')));
    constexpr std::string_view shell = " (Unix shell quoting issues?)";
    if (what.ends_with(shell)) what.remove_suffix(shell.size());
    problem.what = what;
    if (placed == std::string_view::npos) return problem;

    std::string_view rest = complaints.substr(placed + place.size());
    std::from_chars(rest.data(), rest.data() + rest.size(), problem.line);
    std::string whole(jq_prelude());
    whole += program;
    std::string_view line = whole;
    for (std::uint32_t skipped = 1; skipped < problem.line; ++skipped)
        line.remove_prefix(std::min(line.find('\n'), line.size() - 1) + 1);
    line = line.substr(0, line.find('\n'));
    const std::size_t text = rest.find('\n');
    if (text == std::string_view::npos || !rest.substr(text + 1).starts_with(line)) return problem;
    rest.remove_prefix(text + 1 + line.size());
    const std::size_t before = std::min(rest.find_first_not_of(' '), rest.size());
    const std::size_t hidden = problem.line == 1 ? jq_prelude().size() : 0;
    if (before >= hidden) problem.column = static_cast<std::uint32_t>(before - hidden + 1);
    return problem;
}

// What a program says may be as long as its document, and be cut within a character.
std::string shortened(std::string text) {
    if (text.size() <= longest_detail) return text;
    std::size_t end = longest_detail;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80)
        --end;
    text.resize(end);
    return text + "...";
}

}  // namespace

void throw_exception_from_error(const jq_problem& problem, const boost::source_location& where) {
    throw std::runtime_error(fmt::format("{} in line {} ({})", problem.what, problem.line, where.to_string()));
}

jq_program::jq_program(std::string_view text)
    : text_(text), machines_(std::make_unique<jq_machines>(std::string(jq_prelude()) + text_)) {}

jq_program::~jq_program() = default;

boost::system::result<std::shared_ptr<const jq_program>, jq_problem> jq_program::compile(std::string_view text) {
    if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) return jq_problem{1, 1, "an empty program"};
    if (text.size() > longest_program)
        return jq_problem{1, 1, fmt::format("a program of more than {} bytes", longest_program)};
    if (const std::size_t at = text.find('\0'); at != std::string_view::npos)
        return jq_problem{1, 0, "a zero byte in a program"};
    std::string complaints;
    jq_machine first = compile_jq_machine(std::string(jq_prelude()) + std::string(text), complaints);
    if (!first) return first_problem(complaints, text);
    std::shared_ptr<jq_program> made(new jq_program(text));
    made->machines_->give_back(std::move(first), 0);
    return std::shared_ptr<const jq_program>(std::move(made));
}

result<buffer> jq_program::run(const buffer& document, const jq_limits& limits) const {
    const std::size_t most = std::min<std::size_t>(limits.document_bytes, std::numeric_limits<int>::max());
    if (document.size() > most)
        return error{errc::response_too_large, fmt::format("a document for jq is larger than {} bytes", most)};
    if (auto fault = check_json(document, std::min(limits.depth, deepest))) return std::move(*fault);

    jq_machine machine = machines_->take();
    if (!machine) return error{errc::jq_failed, "jq can't start, or broke too often on this program"};
    const std::size_t memory = limits.memory_bytes + document.size() * limits.memory_by_document;
    jq_outcome outcome = run_jq_machine(machine, document.view(), limits.time, memory);
    if (outcome.gone) machines_->lost(outcome.lost_bytes);
    if (outcome.out_of_memory)
        return error{errc::jq_failed, fmt::format("the jq program took more than {} bytes of memory", memory)};
    if (outcome.broken) return error{errc::jq_failed, "the jq program broke: " + outcome.failure};
    if (outcome.out_of_time)
        return error{errc::jq_failed, fmt::format("the jq program ran longer than {} ms", limits.time.count())};
    machines_->give_back(std::move(machine), outcome.kept_bytes);
    if (outcome.unread)
        return error{errc::jq_failed, "jq can't read the document: " + shortened(std::move(outcome.failure))};
    if (!outcome.failure.empty())
        return error{errc::jq_failed, "the jq program says: " + shortened(std::move(outcome.failure))};
    if (outcome.values > 1)
        return error{errc::jq_failed,
                     "the jq program makes several values; write `[...]` around it for a list of them"};
    if (outcome.values == 0) return buffer::copy_of("null");
    if (outcome.json.size() > limits.result_bytes)
        return error{errc::response_too_large,
                     fmt::format("what the jq program makes is larger than {} bytes", limits.result_bytes)};
    buffer made = buffer::copy_of(outcome.json);
    // Where it is nested too deeply jq writes what is no JSON.
    if (check_json(made, std::min(limits.depth, deepest)))
        return error{errc::depth_limit, "what the jq program makes is nested deeper than limits.json_depth"};
    return made;
}

std::shared_ptr<const jq_program> compile_jq(const config::node& program, std::vector<config::complaint>& complaints) {
    if (program.is != config::node::kind::scalar) {
        complaints.push_back({program.at, "`jq` takes a program, which is a text", "quote it: `jq: \"map(.id)\"`"});
        return nullptr;
    }
    auto compiled = jq_program::compile(program.text);
    if (compiled) return std::move(*compiled);
    const jq_problem& problem = compiled.error();
    config::position at = program.at;
    const bool one_line = program.text.find('\n') == std::string::npos;
    std::string where;
    if (one_line && problem.column > 0) {
        at.column += problem.column - 1 + (program.quoted ? 1 : 0);
    } else if (!one_line) {
        where = problem.column == 0
                    ? fmt::format(", in line {} of the program", problem.line)
                    : fmt::format(", in line {} of the program, column {}", problem.line, problem.column);
    }
    complaints.push_back({at, fmt::format("no jq program: {}{}", problem.what, where),
                          "try it with the program `jq`, on a document of the upstream"});
    return nullptr;
}

}  // namespace nearside::aggregators
