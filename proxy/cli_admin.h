// The commands that ask a running nearside: invalidate, entries, reload, drain; and completion. Tables for people,
// `--json` for programs.
// Made by main; one thread, which it blocks.
#pragma once

#include "proxy/cli_target.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace nearside::proxy {

// What the process ends with (docs/admin.md).
namespace exit_code {
constexpr int done = 0;
constexpr int failed = 1;  // refused, not found, or not reached
constexpr int wrong_usage = 2;
constexpr int not_everywhere = 3;  // it holds where it was asked for, but not every node has said so
}  // namespace exit_code

class admin_commands {
public:
    // Adds them to `app`, which outlives this.
    explicit admin_commands(CLI::App& app);

    // What the one that was asked for came to; nullopt: it was none of these.
    std::optional<int> run() const;

private:
    struct asked {
        target_options where;
        bool json = false;
        std::vector<std::string> tags, keys, views, paths;
        bool hard = false;
        std::string key, match;
        std::uint32_t limit = 100;
        std::string shell;
    };
    CLI::App* add(const char* name, const char* about);

    int invalidate() const;
    int entries() const;
    int one_entry() const;
    int reload() const;
    int drain() const;
    int complete() const;

    CLI::App& app_;
    const std::unique_ptr<asked> asked_;
    CLI::App *invalidate_, *entries_, *reload_, *drain_, *completion_;
};

}  // namespace nearside::proxy
