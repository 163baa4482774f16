#include "proxy/cli_completion.h"

namespace nearside::proxy {

namespace {

using commands = std::vector<cli_command>;

// Within single quotes of a shell.
std::string shell_quoted(std::string_view text) {
    std::string out = "'";
    for (const char each : text) {
        if (each == '\'') {
            out += "'\\''";
        } else {
            out += each;
        }
    }
    return out += '\'';
}

std::string names_of(const commands& all) {
    std::string names;
    for (const cli_command& each : all)
        names.append(names.empty() ? "" : " ").append(each.name.word);
    return names;
}

std::string options_of(const cli_command& command) {
    std::string names;
    for (const cli_word& each : command.options)
        names.append(names.empty() ? "" : " ").append(each.word);
    return names;
}

std::string bash(const commands& all) {
    std::string out =
        "# Completion of nearside for bash: source it, or put it where bash-completion looks.\n"
        "_nearside() {\n"
        "    local current=\"${COMP_WORDS[COMP_CWORD]}\" previous=\"${COMP_WORDS[COMP_CWORD-1]}\" words=\"\" "
        "files=\"\"\n"
        "    case \"$previous\" in\n"
        "        --config|--ca) COMPREPLY=($(compgen -f -- \"$current\")); return;;\n"
        "    esac\n"
        "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
        "        words=" +
        shell_quoted(names_of(all)) +
        "\n"
        "    else\n"
        "        case \"${COMP_WORDS[1]}\" in\n";
    for (const cli_command& each : all) {
        out.append("            ").append(each.name.word).append(") words=").append(shell_quoted(options_of(each)));
        out.append(each.takes_file ? "; files=yes" : "").append(";;\n");
    }
    return out +
           "        esac\n"
           "    fi\n"
           "    COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
           "    if [ -n \"$files\" ] && [ \"${current#-}\" = \"$current\" ]; then\n"
           "        COMPREPLY+=($(compgen -f -- \"$current\"))\n"
           "    fi\n"
           "}\n"
           "complete -o filenames -F _nearside nearside\n";
}

// `name:about` as _describe wants it: a colon of its own is escaped.
std::string described(const cli_word& word) {
    std::string out;
    for (const char each : word.word)
        out.append(each == ':' ? "\\" : "").append(1, each);
    return shell_quoted(out + ":" + word.about);
}

std::string zsh(const commands& all) {
    std::string out =
        "#compdef nearside\n"
        "# Completion of nearside for zsh: put it as _nearside into a folder of $fpath.\n"
        "_nearside() {\n"
        "    local -a known\n"
        "    case \"$words[CURRENT-1]\" in\n"
        "        --config|--ca) _files; return;;\n"
        "    esac\n"
        "    if (( CURRENT == 2 )); then\n"
        "        known=(\n";
    for (const cli_command& each : all)
        out.append("            ").append(described(each.name)).append("\n");
    out +=
        "        )\n"
        "        _describe command known\n"
        "        return\n"
        "    fi\n"
        "    case \"$words[2]\" in\n";
    for (const cli_command& each : all) {
        out.append("        ").append(each.name.word).append(")\n            known=(\n");
        for (const cli_word& option : each.options)
            out.append("                ").append(described(option)).append("\n");
        out += "            )\n            _describe option known\n";
        if (each.takes_file) out += "            _files\n";
        out += "            ;;\n";
    }
    return out + "    esac\n}\n_nearside \"$@\"\n";
}

std::string fish(const commands& all) {
    std::string out =
        "# Completion of nearside for fish: put it as nearside.fish into ~/.config/fish/completions.\n"
        "complete -c nearside -f\n";
    for (const cli_command& each : all) {
        out.append("complete -c nearside -n __fish_use_subcommand -a ").append(each.name.word);
        out.append(" -d ").append(shell_quoted(each.name.about)).append("\n");
        const std::string within = "complete -c nearside -n '__fish_seen_subcommand_from " + each.name.word + "'";
        if (each.takes_file) out.append(within).append(" -F\n");
        for (const cli_word& option : each.options) {
            out.append(within).append(" -l ").append(option.word.substr(2));
            if (option.word == "--config" || option.word == "--ca") out += " -r -F";
            out.append(" -d ").append(shell_quoted(option.about)).append("\n");
        }
    }
    return out;
}

}  // namespace

std::optional<std::string> completion_script(std::string_view shell, const std::vector<cli_command>& commands) {
    if (shell == "bash") return bash(commands);
    if (shell == "zsh") return zsh(commands);
    if (shell == "fish") return fish(commands);
    return std::nullopt;
}

}  // namespace nearside::proxy
