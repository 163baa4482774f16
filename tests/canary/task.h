// The smallest lazy coroutine that owns its result and resumes its caller by symmetric transfer: what the canaries are
// written in, so that a fault seen in them is the compiler's and nobody else's.
// One owner, one thread.
#pragma once

#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

namespace canary {

template <class T>
class task {
public:
    struct promise_type {
        std::optional<T> value;
        std::coroutine_handle<> caller = std::noop_coroutine();

        task get_return_object() { return task(std::coroutine_handle<promise_type>::from_promise(*this)); }
        std::suspend_always initial_suspend() noexcept { return {}; }
        auto final_suspend() noexcept {
            struct to_caller {
                bool await_ready() noexcept { return false; }
                std::coroutine_handle<> await_suspend(std::coroutine_handle<promise_type> self) noexcept {
                    return self.promise().caller;
                }
                void await_resume() noexcept {}
            };
            return to_caller{};
        }
        void return_value(T result) { value = std::move(result); }
        void unhandled_exception() { std::terminate(); }
    };

    explicit task(std::coroutine_handle<promise_type> frame) : frame_(frame) {}
    task(task&& other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
    task& operator=(task&&) = delete;
    ~task() {
        if (frame_) frame_.destroy();
    }

    bool await_ready() const noexcept { return false; }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<> caller) noexcept {
        frame_.promise().caller = caller;
        return frame_;
    }
    T await_resume() { return std::move(*frame_.promise().value); }

    // Runs it to the end from outside a coroutine; empty when it stopped before its end.
    std::optional<T> run() {
        frame_.resume();
        return std::move(frame_.promise().value);
    }

private:
    std::coroutine_handle<promise_type> frame_;
};

}  // namespace canary
