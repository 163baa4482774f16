#include "config/environment.h"

#include "core/ascii.h"

#include <cstdlib>

namespace nearside::config {

namespace {

// A value is one line of a file, not a document.
constexpr std::size_t max_filled_bytes = 64 * 1024;

bool is_name(std::string_view text) noexcept {
    if (text.empty() || is_digit(text.front())) return false;
    return text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") ==
           std::string_view::npos;
}

class filler {
public:
    filler(const environment& env, complaint_list& out) : env_(env), out_(out) {}

    void fill(node& at) {
        if (at.is == node::kind::scalar && at.text.find('$') != std::string::npos) fill_scalar(at);
        for (node& item : at.items)
            fill(item);
        for (member& each : at.members)
            fill(each.value);
    }

private:
    void fill_scalar(node& at) {
        const std::string_view text = at.text;
        std::string filled;
        std::size_t from = 0;
        while (from < text.size()) {
            const std::size_t dollar = text.find('$', from);
            filled.append(text.substr(from, dollar - from));
            if (dollar == std::string_view::npos) break;
            const char next = dollar + 1 < text.size() ? text[dollar + 1] : '\0';
            if (next == '{') {
                const std::size_t end = text.find('}', dollar);
                if (end == std::string_view::npos) {
                    complain(at, "a `${` without its `}`", "write `${NAME}`, or `$$` for a dollar sign");
                    return;
                }
                if (!append_variable(at, text.substr(dollar + 2, end - dollar - 2), filled)) return;
                from = end + 1;
            } else {
                filled += '$';
                from = dollar + (next == '$' ? 2 : 1);
            }
            if (filled.size() > max_filled_bytes) {
                complain(at, "too long with its variables filled in", "64 KiB is the most that one value may be");
                return;
            }
        }
        at.text = std::move(filled);
    }

    bool append_variable(node& at, std::string_view inside, std::string& filled) {
        const std::size_t colon = inside.find(":-");
        const std::string_view name = inside.substr(0, colon);
        if (!is_name(name)) {
            complain(at, quote(name) + " is not the name of a variable",
                     "write `${NAME}` or `${NAME:-default}`, or `$$` for a dollar sign");
            return false;
        }
        const std::optional<std::string> value = env_(name);
        if (colon != std::string_view::npos && (!value || value->empty())) {
            filled += inside.substr(colon + 2);
            return true;
        }
        if (!value) {
            complain(at, "the environment has no variable " + quote(name),
                     "set it, or give a default: `${" + std::string(name) + ":-...}`");
            return false;
        }
        filled += *value;
        return true;
    }

    void complain(node& at, std::string what, std::string mend) {
        out_.push_back({at.at, std::move(what), std::move(mend)});
        at.text.clear();
        at.faulty = true;
    }

    const environment& env_;
    complaint_list& out_;
};

}  // namespace

environment process_environment() {
    return [](std::string_view name) -> std::optional<std::string> {
        const char* value = std::getenv(std::string(name).c_str());
        if (value == nullptr) return std::nullopt;
        return std::string(value);
    };
}

void fill_environment(node& root, const environment& env, complaint_list& out) {
    filler(env, out).fill(root);
}

}  // namespace nearside::config
