#include "config/files.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <glob.h>
#include <memory>
#include <system_error>

namespace nearside::config {

namespace {

struct close_file {
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};

std::string reason(int code) {
    if (code == ENOENT || code == ENOTDIR) return "no such file";
    return std::generic_category().message(code);
}

}  // namespace

file_source::content disk_files::read(const std::string& path, std::size_t most_bytes) const {
    content found;
    errno = 0;
    const std::unique_ptr<std::FILE, close_file> file(std::fopen(path.c_str(), "rbe"));
    if (!file) {
        found.failure = reason(errno);
        return found;
    }
    std::array<char, 16 * 1024> part{};
    while (true) {
        const std::size_t count = std::fread(part.data(), 1, part.size(), file.get());
        found.text.append(part.data(), count);
        if (found.text.size() > most_bytes) {
            return {{}, "it is larger than " + std::to_string(most_bytes / 1024) + " KiB"};
        }
        if (count < part.size()) break;
    }
    // A folder opens, and fails only here.
    if (std::ferror(file.get()) != 0) return {{}, reason(errno)};
    return found;
}

std::vector<std::string> disk_files::match(const std::string& pattern) const {
    std::vector<std::string> paths;
    glob_t found{};
    if (::glob(pattern.c_str(), 0, nullptr, &found) == 0) paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
    ::globfree(&found);
    return paths;
}

std::string disk_files::identity(const std::string& path) const {
    std::error_code failure;
    const std::filesystem::path whole = std::filesystem::weakly_canonical(path, failure);
    return failure ? path : whole.string();
}

file_source::content no_files::read(const std::string& /*path*/, std::size_t /*most_bytes*/) const {
    return {{}, "no such file"};
}

std::vector<std::string> no_files::match(const std::string& /*pattern*/) const {
    return {};
}

std::string no_files::identity(const std::string& path) const {
    return path;
}

std::string resolve_path(const std::string& beside, const std::string& path) {
    const std::filesystem::path relative(path);
    if (relative.is_absolute()) return path;
    return (std::filesystem::path(beside).parent_path() / relative).lexically_normal().string();
}

}  // namespace nearside::config
