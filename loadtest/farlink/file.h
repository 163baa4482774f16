// A file descriptor that closes itself, and system calls' failures as exceptions. One owner.
#pragma once

#include <cerrno>
#include <string>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace nearside::farlink {

class file {
public:
    file() = default;
    explicit file(int descriptor) noexcept : descriptor_(descriptor) {}
    file(file&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
    file& operator=(file&& other) noexcept {
        std::swap(descriptor_, other.descriptor_);
        return *this;
    }
    ~file() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    int get() const noexcept { return descriptor_; }

private:
    int descriptor_ = -1;
};

// The outcome of a system call, or an exception that says what was tried.
inline int checked(int outcome, const std::string& what) {
    if (outcome < 0) throw std::system_error(errno, std::generic_category(), what);
    return outcome;
}

}  // namespace nearside::farlink
