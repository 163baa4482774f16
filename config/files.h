// The files that a configuration names: its includes, certificates and keys. An interface, so that text can be read
// without a disk. Borrowed by one load; one thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace nearside::config {

class file_source {
public:
    struct content {
        std::string text;
        std::string failure;  // "no such file"; empty when it was read
    };

    virtual ~file_source() = default;
    virtual content read(const std::string& path, std::size_t most_bytes) const = 0;
    // Paths that match a pattern with `*`, `?` or `[`, sorted.
    virtual std::vector<std::string> match(const std::string& pattern) const = 0;
    // The same for two paths to one file.
    virtual std::string identity(const std::string& path) const = 0;
};

class disk_files final : public file_source {
public:
    content read(const std::string& path, std::size_t most_bytes) const override;
    std::vector<std::string> match(const std::string& pattern) const override;
    std::string identity(const std::string& path) const override;
};

class no_files final : public file_source {
public:
    content read(const std::string& path, std::size_t most_bytes) const override;
    std::vector<std::string> match(const std::string& pattern) const override;
    std::string identity(const std::string& path) const override;
};

// `path` as the file `beside` means it: relative to the folder that `beside` is in.
std::string resolve_path(const std::string& beside, const std::string& path);

}  // namespace nearside::config
