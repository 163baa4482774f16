// links: aggregators config core
//
// A URL template and values from the same bytes: whatever was accepted, no value may change the host, the path's number
// of segments, or put a byte into the target that does not belong into a URL.
#include "aggregators/url_template.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

using nearside::aggregators::url_template;
using nearside::aggregators::url_value;

void require(bool holds) {
    if (!holds) std::abort();
}

std::size_t segments(std::string_view path) {
    std::size_t count = 0;
    for (const char byte : path)
        count += byte == '/' ? 1 : 0;
    return count;
}

// The path of a template, with what stands in braces taken out.
std::string literal_path(std::string_view text) {
    std::string path;
    bool inside = false;
    for (const char byte : text) {
        if (byte == '?' && !inside) break;
        if (byte == '{') inside = true;
        if (!inside) path.push_back(byte);
        if (byte == '}') inside = false;
    }
    return path;
}

void check_target(std::string_view target, std::string_view text) {
    require(target.starts_with("/") && !target.starts_with("//"));
    for (const char byte : target)
        require(byte > 0x20 && byte < 0x7F && byte != '#' && byte != '\\' && byte != '"');
    const std::string_view path = target.substr(0, target.find('?'));
    require(segments(path) == segments(literal_path(text)));
    for (std::size_t at = 0; at < path.size();) {
        const std::size_t end = std::min(path.find('/', at + 1), path.size());
        const std::string_view segment = path.substr(at + 1, end - at - 1);
        require(segment != "." && segment != "..");
        at = end;
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // Template, then values, each closed by a NUL; a value that begins with 1 is absent, with 2 of a wrong type.
    std::vector<std::string> parts(1);
    for (std::size_t at = 0; at < size; ++at) {
        if (data[at] == 0)
            parts.emplace_back();
        else
            parts.back().push_back(static_cast<char>(data[at]));
    }
    auto made = url_template::parse(parts.front());
    if (!made) {
        require(made.error().offset <= parts.front().size());
        return 0;
    }
    std::vector<url_value> values(made->references().size());
    std::vector<const url_value*> pointers;
    for (std::size_t at = 0; at < values.size(); ++at) {
        const std::string text = parts.size() > 1 ? parts[1 + at % (parts.size() - 1)] : std::string();
        if (text.starts_with("\x02"))
            values[at].is = url_value::kind::wrong_type;
        else if (!text.starts_with("\x01"))
            values[at] = {url_value::kind::text, text};
        pointers.push_back(&values[at]);
        if (made->references()[at].whole_pair && text.size() % 2 == 0) made->drop_pair_when_absent(at);
    }
    const auto expanded = made->expand(pointers);
    if (expanded && !expanded->skipped) check_target(expanded->target, parts.front());
    return 0;
}
