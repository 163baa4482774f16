// Random documents and random definitions of `out` that shape.h allows. A seed makes the same ones again.
#pragma once

#include <iterator>
#include <random>
#include <string>
#include <vector>

namespace nearside::aggregators {

class view_generator {
public:
    explicit view_generator(unsigned seed) : random_(seed) {}

    unsigned below(unsigned limit) { return static_cast<unsigned>(random_() % limit); }
    bool chance(unsigned percent) { return below(100) < percent; }
    std::string name() { return std::string(1, static_cast<char>('a' + below(4))); }

    std::string document(unsigned depth) {
        const std::string gap(below(8) == 0 ? below(70) : 0, ' ');
        switch (depth == 0 ? 9 : below(10)) {
            case 0:
            case 1:
            case 2:
            case 3:
            case 4: {
                std::string text;
                for (unsigned count = below(5); count > 0; --count) {
                    // Now and then a name that was used already, or one that is written with an escape.
                    const std::string key = chance(10)  ? "\\u006" + std::to_string(1 + below(4))
                                            : chance(2) ? "\\ud800"
                                                        : name();
                    text += (text.empty() ? ""
                             : chance(20) ? " , "
                                          : ",") +
                            ("\"" + key + "\"") + (chance(20) ? " : " : ":") + document(depth - 1);
                }
                return gap + "{" + text + "}";
            }
            case 5:
            case 6:
            case 7: {
                std::string text;
                for (unsigned count = below(4); count > 0; --count)
                    text += (text.empty() ? "" : ",") + document(depth - 1) + (chance(10) ? " " : "");
                return gap + "[" + text + "]";
            }
            default: {
                constexpr const char* scalars[] = {"1",
                                                   "2.0",
                                                   "-0.5e3",
                                                   "\"x\"",
                                                   "\"\\u0078\"",
                                                   "true",
                                                   "null",
                                                   "\"{[,:\\\"\"",
                                                   "false",
                                                   "9007199254740993",
                                                   "9007199254740992",
                                                   "1e400",
                                                   "-1e400",
                                                   "1e-400",
                                                   "-0",
                                                   "12345678901234567890.10",
                                                   "\"\\ud83d\\ude00\"",
                                                   "\"\xf0\x9f\x98\x80\"",
                                                   "\"\xef\xbf\xbd\"",
                                                   "\"\\udc00\"",
                                                   "\"\\u0000\"",
                                                   "\"\"",
                                                   "[]",
                                                   "{}"};
                if (chance(2)) {
                    const std::size_t deep = 40 + below(60);
                    return std::string(deep, '[') + std::string(deep, ']');
                }
                return scalars[below(std::size(scalars))];
            }
        }
    }

    std::string path(bool several) {
        std::string text;
        for (unsigned count = below(3); count > 0; --count)
            text += part();
        if (several) text += chance(75) ? "[*]" : "[?@." + name() + (chance(50) ? " == 1]" : " != 'x']");
        for (unsigned count = below(2); several && count > 0; --count)
            text += part();
        if (several && chance(20)) text += "[*]";
        return text;
    }

    // A reference that shape.h allows here.
    std::string reference(bool several) {
        std::vector<std::string> roots = {"project", "jobs"};
        for (const std::string& loop : loops_)
            roots.insert(roots.end(), {loop, loop});
        if (!jobs_loops_.empty())
            roots.push_back("metrics[" + jobs_loops_[below(static_cast<unsigned>(jobs_loops_.size()))] + "]");
        if (chance(10)) {
            const std::string first = several ? (chance(70) ? "[*]" : "[?@.a != 1]") : chance(50) ? "[0]" : "[-1]";
            std::string rest;
            for (unsigned count = below(2); count > 0; --count)
                rest += part();
            return "metrics" + first + rest;
        }
        return roots[below(static_cast<unsigned>(roots.size()))] + path(several);
    }

    std::string out(unsigned depth) {
        switch (depth == 0 ? 13 : below(14)) {
            case 0:
            case 1:
                return "{" + members(depth) + "}";
            case 2:
                return "[" + out(depth - 1) + ", " + out(depth - 1) + "]";
            case 3:
                return "{from: \"" + reference(false) + "\"" + modifiers(depth) + "}";
            case 4:
            case 5:
            case 6:
                return list("each", depth);
            case 8:
                return list("first", depth);
            case 9:
                return list("flatten", depth);
            case 10:
                return "{count: \"" + (chance(10) ? "metrics" : reference(true)) + "\"}";
            case 11:
                return merge(depth);
            case 7:
                return chance(50) ? "1.50" : "true";
            default:
                return "\"" + (chance(8) ? std::string("metrics") : reference(chance(40))) + "\"";
        }
    }

private:
    std::string part() { return chance(80) ? "." + name() : chance(70) ? "[0]" : "[-1]"; }

    std::string members(unsigned depth) {
        std::string text;
        for (unsigned count = 1 + below(3), number = 0; number < count; ++number)
            text +=
                (text.empty() ? "" : ", ") + std::string(1, static_cast<char>('b' + number)) + ": " + out(depth - 1);
        return text;
    }

    std::string list(const std::string& word, unsigned depth) {
        const std::string of = word != "each" && chance(10) ? "metrics" : reference(true);
        const std::string loop = "loop" + std::to_string(loops_.size());
        loops_.push_back(loop);
        const bool over_jobs = of.starts_with("jobs");
        if (over_jobs) jobs_loops_.push_back(loop);
        std::string text = "{" + word + ": \"" + of + "\", as: " + loop + modifiers(depth);
        if (chance(40)) {
            text += ", sort: {";
            if (chance(80))
                text += "by: \"" + (over_jobs && chance(20) ? "metrics[" + loop + "]." + name() : name()) + "\"" +
                        (chance(50) ? ", order: desc" : "");
            text += "}";
        }
        if (chance(20)) text += ", offset: " + std::to_string(below(3));
        if (word != "first" && chance(30)) text += ", limit: " + std::to_string(below(4));
        if (over_jobs) jobs_loops_.pop_back();
        loops_.pop_back();
        return text + "}";
    }

    std::string merge(unsigned depth) {
        std::string text;
        for (unsigned count = 1 + below(3); count > 0; --count)
            text += (text.empty() ? "" : ", ") + (chance(30) ? "{from: \"" + reference(false) + "\"" + picking() + "}"
                                                             : "\"" + reference(chance(20)) + "\"");
        text = "{merge: [" + text + "]";
        if (text.find("pick") == std::string::npos && text.find("omit") == std::string::npos &&
            text.find("rename") == std::string::npos && chance(30))
            text += picking();
        return text + (chance(30) ? ", with: {" + members(depth) + "}" : "") + "}";
    }

    std::string modifiers(unsigned depth) { return picking() + (chance(40) ? ", with: {" + members(depth) + "}" : ""); }

    std::string picking() {
        std::string text;
        const unsigned choice = below(3);
        const std::string one = name();
        if (choice == 1) text += ", pick: [" + one + ", e]";
        if (choice == 2) text += ", omit: [" + one + ", z]";
        if (!chance(30)) return text;
        std::string old_name = name();
        if (choice == 1) old_name = one;
        if (choice == 2 && old_name == one) return text;
        const std::string new_name = chance(70) ? name() : "f";
        text += ", rename: {" + old_name + ": " + new_name;
        if (choice == 0 && chance(30) && old_name != new_name) text += ", " + new_name + ": " + old_name;
        return text + "}";
    }

    std::mt19937 random_;
    std::vector<std::string> loops_, jobs_loops_;
};

}  // namespace nearside::aggregators
