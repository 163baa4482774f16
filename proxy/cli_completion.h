// Shell completion, out of the commands that there are. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nearside::proxy {

struct cli_word {
    std::string word;  // `--json`, `invalidate`
    std::string about;
};

struct cli_command {
    cli_word name;
    std::vector<cli_word> options;
    bool takes_file = false;  // as an argument
};

// The script that teaches a shell (bash, zsh, fish) to complete `nearside`; nullopt for another shell.
std::optional<std::string> completion_script(std::string_view shell, const std::vector<cli_command>& commands);

}  // namespace nearside::proxy
