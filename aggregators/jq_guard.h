// What keeps libjq 1.6 within bounds that it doesn't know itself: memory, and its assertions, which would end the
// process. The functions of libjq that take memory, and the one of libc that a failed assertion ends in, are replaced
// in this program (the dynamic linker takes an executable's definition before a library's); a guard on the stack of a
// thread says what they do there. Elsewhere they do what they always did.
// One thread, but for halt_once().
#pragma once

#include <atomic>
#include <cstddef>
#include <exception>

struct jq_state;

namespace nearside::aggregators {

// Thrown through libjq out of a guarded call. The machine is not to be used again; values that libjq held on its C
// stack are lost.
class jq_broken : public std::exception {
public:
    enum class cause { memory, assertion };
    explicit jq_broken(cause why) noexcept : why_(why) {}
    cause why() const noexcept { return why_; }
    const char* what() const noexcept override { return "libjq broke"; }

private:
    cause why_;
};

class jq_guard {
public:
    // Memory taken by this thread from now on: over `most_bytes` the machine is halted before its next instruction;
    // where one instruction takes as much again, or a single piece is that large, it is thrown out of. A null machine
    // is not halted.
    jq_guard(jq_state* machine, std::size_t most_bytes) noexcept;
    ~jq_guard();
    jq_guard(const jq_guard&) = delete;
    jq_guard& operator=(const jq_guard&) = delete;

    // jq_halt() may be called once. Any thread.
    void halt_once() noexcept;
    bool out_of_memory() const noexcept { return out_of_memory_; }
    // And not given back. What is taken from now on is not limited.
    std::size_t taken() const noexcept { return taken_; }
    void lift() noexcept { lifted_ = true; }

    // For the functions that stand in for libjq's.
    void before(std::size_t bytes);
    void took(std::size_t bytes);
    void gave(std::size_t bytes) noexcept;
    static jq_guard* of_thread() noexcept;

private:
    jq_state* const machine_;
    jq_guard* const outer_;
    const std::size_t most_bytes_;
    std::size_t taken_ = 0;
    bool out_of_memory_ = false;
    bool lifted_ = false;
    std::atomic<bool> halted_{false};
};

}  // namespace nearside::aggregators
