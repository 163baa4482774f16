// A jq program of the configuration, compiled at load and run over documents: what `out` has no word for. jq reads the
// document into its own values and writes them anew: slower by far than splicing, and numbers lose what a double can't
// hold.
// A program sees its document and nothing else: not the environment, files, or other inputs. It makes exactly one
// value; none at all counts as null.
// Any thread; each run has a machine of jq to itself, kept for the next one.
#pragma once

#include "config/node.h"
#include "core/body.h"
#include "core/error.h"

#include <boost/system/result.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace nearside::aggregators {

// What is wrong with a program: in which line of it (1-based), from which byte of that line where that is known.
struct jq_problem {
    std::uint32_t line = 1;
    std::uint32_t column = 0;  // 1-based; 0: unknown
    std::string what;
};

[[noreturn]] void throw_exception_from_error(const jq_problem& problem, const boost::source_location& where);

struct jq_limits {
    std::uint32_t depth = 128;  // of the document, and of what is made of it; jq itself knows no more than 256
    std::size_t document_bytes = 128ull * 1024 * 1024;
    std::size_t result_bytes = 256ull * 1024 * 1024;
    std::chrono::milliseconds time = std::chrono::seconds(10);
    // Memory of a run: so much, and so many times the size of its document.
    std::size_t memory_bytes = 256ull * 1024 * 1024;
    std::size_t memory_by_document = 32;
};

class jq_machines;

class jq_program {
public:
    // jq knows no more.
    static constexpr std::uint32_t deepest = 256;

    // At most 64 KiB of text. Takes tens of milliseconds.
    static boost::system::result<std::shared_ptr<const jq_program>, jq_problem> compile(std::string_view text);

    jq_program(const jq_program&) = delete;
    jq_program& operator=(const jq_program&) = delete;
    ~jq_program();

    // What the program makes of the document: valid JSON, in one line. Errors: invalid_json or depth_limit for the
    // document, response_too_large, and jq_failed for what the program says, or when it ran out of time.
    // Heavy: call it on a worker.
    result<buffer> run(const buffer& document, const jq_limits& limits) const;

    const std::string& text() const noexcept { return text_; }

private:
    explicit jq_program(std::string_view text);

    std::string text_;
    std::unique_ptr<jq_machines> machines_;
};

// The same for a node of the configuration. Null when it isn't a program; `complaints` then holds one more.
std::shared_ptr<const jq_program> compile_jq(const config::node& program, std::vector<config::complaint>& complaints);

}  // namespace nearside::aggregators
