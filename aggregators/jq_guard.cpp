#include "aggregators/jq_guard.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <malloc.h>
#include <new>

extern "C" {
#include <jq.h>
}

namespace nearside::aggregators {
namespace {

// libjq counts the bytes of a string in 31 bits, and doubles them as it grows.
constexpr std::size_t largest_piece = std::size_t{1} << 30;

thread_local jq_guard* current = nullptr;

void* taken(void* memory) {
    if (memory == nullptr) {
        if (current != nullptr) throw jq_broken(jq_broken::cause::memory);
        std::fputs("nearside: libjq: out of memory\n", stderr);
        std::abort();
    }
    if (current != nullptr) current->took(malloc_usable_size(memory));
    return memory;
}

}  // namespace

jq_guard::jq_guard(jq_state* machine, std::size_t most_bytes) noexcept
    : machine_(machine), outer_(current), most_bytes_(most_bytes) {
    current = this;
}

jq_guard::~jq_guard() {
    current = outer_;
}

jq_guard* jq_guard::of_thread() noexcept {
    return current;
}

void jq_guard::halt_once() noexcept {
    if (machine_ != nullptr && !halted_.exchange(true)) jq_halt(machine_, jv_invalid(), jv_invalid());
}

void jq_guard::before(std::size_t bytes) {
    const bool too_large = bytes > std::min(most_bytes_, largest_piece);
    const bool far_over = taken_ > most_bytes_ && taken_ - most_bytes_ > most_bytes_;
    if (lifted_ || (!too_large && !far_over)) return;
    out_of_memory_ = true;
    throw jq_broken(jq_broken::cause::memory);
}

void jq_guard::took(std::size_t bytes) {
    taken_ += bytes;
    if (lifted_ || taken_ <= most_bytes_ || out_of_memory_) return;
    out_of_memory_ = true;
    halt_once();
}

void jq_guard::gave(std::size_t bytes) noexcept {
    // What was taken before the guard, or by another thread, is given back here as well.
    taken_ -= std::min(bytes, taken_);
}

}  // namespace nearside::aggregators

using nearside::aggregators::jq_broken;
using nearside::aggregators::jq_guard;

// The names and signatures are libjq's (jv_alloc.h) and libc's (assert.h).
// NOLINTBEGIN(bugprone-reserved-identifier, cppcoreguidelines-no-malloc, cppcoreguidelines-owning-memory)
extern "C" {

void* jv_mem_alloc(size_t size) {
    if (jq_guard* const guard = jq_guard::of_thread()) guard->before(size);
    return nearside::aggregators::taken(std::malloc(size));
}

void* jv_mem_calloc(size_t count, size_t size) {
    if (jq_guard* const guard = jq_guard::of_thread()) guard->before(size == 0 ? 0 : count * size);
    return nearside::aggregators::taken(std::calloc(count, size));
}

void* jv_mem_realloc(void* memory, size_t size) {
    jq_guard* const guard = jq_guard::of_thread();
    if (guard != nullptr) {
        guard->before(size);
        guard->gave(malloc_usable_size(memory));
    }
    return nearside::aggregators::taken(std::realloc(memory, size));
}

void jv_mem_free(void* memory) {
    if (jq_guard* const guard = jq_guard::of_thread()) guard->gave(malloc_usable_size(memory));
    std::free(memory);
}

// By another name, since <cassert> says that it can't throw.
[[noreturn]] void assertion_of_library_failed(const char* assertion, const char* file, unsigned int line,
                                              const char* function) __asm__("__assert_fail");

void assertion_of_library_failed(const char* assertion, const char* file, unsigned int line, const char* function) {
    if (jq_guard::of_thread() != nullptr) throw jq_broken(jq_broken::cause::assertion);
    std::fprintf(stderr, "%s:%u: %s: Assertion `%s' failed.\n", file, line, function, assertion);
    std::abort();
}
}
// NOLINTEND(bugprone-reserved-identifier, cppcoreguidelines-no-malloc, cppcoreguidelines-owning-memory)
