#include "config/sections.h"

#include <algorithm>
#include <string_view>

namespace nearside::config {

namespace {

constexpr std::size_t max_pem_bytes = 1024 * 1024;

}  // namespace

std::string check_pem(const located<std::string>& named, std::string_view marker, const section_context& context) {
    const std::string path = resolve_path(named.at.file, named.value);
    const file_source::content content = context.files.read(path, max_pem_bytes);
    if (!content.failure.empty()) {
        context.out.push_back({named.at, "cannot read " + quote(path) + ": " + content.failure,
                               "give the path of a PEM file that nearside's user may read"});
    } else if (content.text.find(marker) == std::string::npos) {
        context.out.push_back({named.at, quote(path) + " holds no `" + std::string(marker) + "`",
                               "give the path of a PEM file that does"});
    }
    return path;
}

}  // namespace nearside::config
