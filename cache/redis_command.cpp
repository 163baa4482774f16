#include "cache/redis_command.h"

#include <memory>
#include <utility>

namespace nearside::cache {

namespace {

// Below this, copying costs less than another piece in a write.
constexpr std::size_t least_shared_bytes = std::size_t{8} * 1024;

constexpr std::string_view line_end = "\r\n";

std::string header_of(std::size_t arguments) {
    return std::string("*").append(std::to_string(arguments)).append(line_end);
}

}  // namespace

void redis_command::open(std::size_t size) {
    ++arguments_;
    text_.append("$").append(std::to_string(size)).append(line_end);
}

void redis_command::put(const slice& part) {
    if (part.bytes.size() < least_shared_bytes) {
        text_.append(part.bytes);
        return;
    }
    shared_.push_back({text_.size(), part});
    shared_bytes_ += part.bytes.size();
}

redis_command& redis_command::add(std::string_view argument) {
    open(argument.size());
    text_.append(argument).append(line_end);
    return *this;
}

redis_command& redis_command::add(const slice& argument) {
    open(argument.bytes.size());
    put(argument);
    text_.append(line_end);
    return *this;
}

redis_command& redis_command::add(const body& argument) {
    open(argument.size());
    for (const slice& each : argument.slices())
        put(each);
    text_.append(line_end);
    return *this;
}

std::size_t redis_command::bytes() const noexcept {
    return header_of(arguments_).size() + text_.size() + shared_bytes_;
}

void redis_batch::add(const redis_command& command) {
    bytes_ += command.bytes();
    text_.append(header_of(command.arguments_));
    std::size_t copied = 0;
    for (const auto& [before, part] : command.shared_) {
        text_.append(command.text_, copied, before - copied);
        copied = before;
        flush();
        pieces_.push_back(part);
    }
    text_.append(command.text_, copied, std::string::npos);
}

void redis_batch::flush() {
    if (text_.empty()) return;
    const auto kept = std::make_shared<const std::string>(std::exchange(text_, {}));
    pieces_.push_back({kept, *kept});
}

std::vector<slice> redis_batch::take() {
    flush();
    bytes_ = 0;
    return std::exchange(pieces_, {});
}

}  // namespace nearside::cache
