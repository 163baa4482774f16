#include "loadtest/compose/documents.h"

#include <fmt/format.h>

#include <random>
#include <string>

namespace nearside::bench {
namespace {

std::string job(std::mt19937& random, unsigned number) {
    const auto below = [&](unsigned limit) { return static_cast<unsigned>(random() % limit); };
    return fmt::format(
        R"({{"id":{},"uuid":"{:08x}-{:04x}-4{:03x}","name":"train resnet run {}","status":"{}",)"
        R"("created_at":"2024-05-{:02}T10:{:02}:00Z","owner":{{"id":{},"name":"user {}","email":"u{}@example.nl"}},)"
        R"("params":{{"lr":{:.6f},"batch":{},"layers":[{},{},{}],"optimizer":"adam","dropout":{:.3f}}},)"
        R"("tags":["a","bb","ccc"],"progress":{:.4f},"done":{},"parent":null}})",
        number, random(), below(0x10000), below(0x1000), number, below(2) == 0 ? "running" : "finished", 1 + below(28),
        below(60), below(1000), below(1000), below(1000), below(10000) / 1e6, below(512), below(100), below(100),
        below(100), below(1000) / 1e3, below(10000) / 1e4, below(2) == 0);
}

template <class Item>
buffer list(std::string_view opening, std::string_view closing, std::size_t bytes, Item item) {
    std::mt19937 random(1);
    buffer_writer out(bytes + 4096);
    out.append(opening);
    for (unsigned number = 0; out.size() < bytes; ++number) {
        if (number > 0) out.append(",");
        out.append(item(random, number));
    }
    out.append(closing);
    return out.finish();
}

// Line ends and four spaces a level, as Python's json.dumps(indent=4) puts them. `text` has no brackets in strings.
std::string indented(std::string_view text) {
    std::string out;
    std::size_t level = 2;
    bool quoted = false;
    const auto line = [&] { out.append("\n").append(level * 4, ' '); };
    for (const char c : text) {
        if (c == '"') quoted = !quoted;
        if (quoted) {
            out += c;
        } else if (c == '{' || c == '[') {
            out += c;
            ++level;
            line();
        } else if (c == '}' || c == ']') {
            --level;
            line();
            out += c;
        } else {
            out += c;
            if (c == ',') line();
            if (c == ':') out += ' ';
        }
    }
    return out;
}

}  // namespace

buffer jobs_document(std::size_t bytes) {
    return list(R"({"count":1,"next":null,"results":[)", "]}", bytes, job);
}

buffer indented_jobs_document(std::size_t bytes) {
    return list("{\n    \"count\": 1,\n    \"results\": [", "\n    ]\n}\n", bytes,
                [](std::mt19937& random, unsigned number) { return "\n        " + indented(job(random, number)); });
}

buffer points_document(std::size_t bytes) {
    return list(R"({"points":[)", "]}", bytes, [](std::mt19937& random, unsigned number) {
        return fmt::format(R"({{"step":{},"value":{:.8f}}})", number,
                           static_cast<double>(random() % 100'000'000) / 1e8);
    });
}

buffer texts_document(std::size_t bytes) {
    return list(R"({"results":[)", "]}", bytes, [](std::mt19937& random, unsigned number) {
        std::string text;
        for (unsigned words = 20 + random() % 40; words > 0; --words)
            text += "모델이 \\\"학습\\\" 중입니다\\n";
        return fmt::format(R"({{"id":{},"status":"ok","note":"{}","created_at":"2024"}})", number, text);
    });
}

}  // namespace nearside::bench
