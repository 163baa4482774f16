// Compile-and-run canary: four ordinary coroutine shapes that g++ 12 accepts without a warning and miscompiles. Objects
// are counted; a compiler that destroys one twice or never, or copies one bytewise within a frame, gives another count,
// a wrong value, or a crash. Usage: canary NAME; exit code 0 when the shape works.
#include "task.h"

#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace canary {
namespace {

int alive = 0;      // counted objects that exist
int overdrawn = 0;  // destructions of what did not exist any more

// An object that notices being destroyed twice or moved bytewise: it knows its own address.
class counted {
public:
    explicit counted(std::string text) : self_(this), text_(std::move(text)) { ++alive; }
    counted(const counted& other) : self_(this), text_(other.text_) { ++alive; }
    counted(counted&& other) noexcept : self_(this), text_(std::move(other.text_)) { ++alive; }
    counted& operator=(const counted&) = default;
    counted& operator=(counted&&) = default;
    ~counted() {
        if (self_ != this) ++overdrawn;
        self_ = nullptr;
        --alive;
    }
    const std::string& text() const { return text_; }

private:
    counted* self_;
    std::string text_;
};

// Long enough to live on the heap: a bytewise copy of it is freed twice.
const std::string long_text = "a text that does not fit into the small buffer of std::string";

struct request {
    counted target;
    counted body;
};

task<std::string> target_of(request asked) {
    co_return asked.target.text();
}

// An aggregate temporary as argument of an awaited call.
task<bool> aggregate_argument() {
    const std::string answer = co_await target_of({counted(long_text), counted(long_text)});
    co_return answer == long_text;
}

task<std::string> call(std::function<std::string()> what) {
    co_return what();
}

// A lambda temporary with owning captures inside a co_await expression.
task<bool> lambda_argument() {
    counted owned(long_text);
    const std::string answer =
        co_await call([owned, shared = std::make_shared<counted>(long_text)] { return owned.text() + shared->text(); });
    co_return answer == long_text + long_text;
}

task<counted> make_counted() {
    co_return counted(long_text);
}

// An aggregate initialised from co_await.
task<bool> aggregate_from_await() {
    const request both{co_await make_counted(), co_await make_counted()};
    co_return both.target.text() == long_text&& both.body.text() == long_text;
}

task<bool> yes() {
    co_return true;
}

// A condition that awaits, in a function that declares no local.
task<bool> await_in_condition() {
    if (co_await yes()) co_return true;
    co_return false;
}

int run(std::string_view name) {
    std::optional<bool> worked;
    {
        if (name == "aggregate_argument") worked = aggregate_argument().run();
        if (name == "lambda_argument") worked = lambda_argument().run();
        if (name == "aggregate_from_await") worked = aggregate_from_await().run();
        if (name == "await_in_condition") worked = await_in_condition().run();
    }
    if (!worked) {
        std::printf("%s: did not run to its end\n", std::string(name).c_str());
        return 1;
    }
    if (!*worked || alive != 0 || overdrawn != 0) {
        std::printf("%s: result %s, %d objects left alive, %d destroyed that were not theirs\n",
                    std::string(name).c_str(), *worked ? "right" : "wrong", alive, overdrawn);
        return 1;
    }
    return 0;
}

}  // namespace
}  // namespace canary

int main(int argc, char** argv) {
    return argc == 2 ? canary::run(argv[1]) : 2;
}
