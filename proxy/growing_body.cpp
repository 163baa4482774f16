#include "proxy/growing_body.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <utility>

namespace nearside::proxy {

namespace {

// Pieces of a body whose length nobody told: each as large as all before it, within these bounds.
constexpr std::size_t smallest_piece = 4 * 1024;
constexpr std::size_t largest_piece = 1024 * 1024;
// What is smaller than this is copied together at the end: one exact piece instead of a half-empty one.
constexpr std::size_t worth_copying = 64 * 1024;

std::shared_ptr<char[]> room_for(std::size_t bytes) {
    return std::make_shared_for_overwrite<char[]>(bytes);
}

void call(const std::vector<std::function<void()>>& woken) {
    for (const std::function<void()>& wake : woken)
        wake();
}

}  // namespace

growing_body::growing_body(std::optional<std::uint64_t> length) {
    // Memory that nothing was written to is only promised by the system: a length that lies costs nothing.
    if (length && *length > 0) pieces_.push_back({room_for(*length), 0, 0, *length});
}

void growing_body::append(std::string_view bytes) {
    wakes woken;
    while (!bytes.empty()) {
        std::unique_lock lock(mutex_);
        if (pieces_.empty() || pieces_.back().size == pieces_.back().capacity) {
            const auto wanted =
                std::clamp<std::uint64_t>(std::max<std::uint64_t>(size_, bytes.size()), smallest_piece, largest_piece);
            pieces_.push_back({room_for(wanted), size_, 0, wanted});
        }
        piece& into = pieces_.back();
        const std::size_t count = std::min(bytes.size(), into.capacity - into.size);
        char* const room = into.bytes.get() + into.size;
        lock.unlock();
        // Readers are shown no more than `size`, and a piece with room left is never let go.
        std::memcpy(room, bytes.data(), count);
        bytes.remove_prefix(count);

        lock.lock();
        into.size += count;
        size_ += count;
        std::move(for_growth_.begin(), for_growth_.end(), std::back_inserter(woken));
        for_growth_.clear();
        let_go(woken);
    }
    call(woken);
}

void growing_body::end(state how) {
    wakes woken;
    {
        const std::lock_guard lock(mutex_);
        if (state_ != state::growing) return;
        state_ = how;
        woken.swap(for_growth_);
    }
    call(woken);
}

void growing_body::finish(header_fields trailers) {
    trailers_ = std::move(trailers);
    end(state::complete);
}

void growing_body::fail() {
    end(state::broken);
}

body growing_body::whole() const {
    const std::lock_guard lock(mutex_);
    if (size_ == 0) return {};
    if (size_ < worth_copying && (pieces_.size() > 1 || pieces_.front().size < pieces_.front().capacity)) {
        const auto exact = room_for(size_);
        std::size_t at = 0;
        for (const piece& each : pieces_) {
            std::memcpy(exact.get() + at, each.bytes.get(), each.size);
            at += each.size;
        }
        return body(std::vector<slice>{{exact, {exact.get(), at}}});
    }
    std::vector<slice> slices;
    slices.reserve(pieces_.size());
    for (const piece& each : pieces_) {
        // The last may be half empty; what is kept for long has no such slack.
        if (each.capacity - each.size <= each.capacity / 16) {
            slices.push_back({each.bytes, {each.bytes.get(), each.size}});
        } else {
            const auto exact = room_for(each.size);
            std::memcpy(exact.get(), each.bytes.get(), each.size);
            slices.push_back({exact, {exact.get(), each.size}});
        }
    }
    return body(std::move(slices));
}

void growing_body::stop_keeping() {
    wakes woken;
    {
        const std::lock_guard lock(mutex_);
        keeping_ = false;
        let_go(woken);
    }
    call(woken);
}

std::uint64_t growing_body::slowest() const {
    std::uint64_t passed = size_;
    for (const reader* each : readers_)
        passed = std::min(passed, each->passed_);
    return passed;
}

void growing_body::let_go(wakes& woken) {
    if (keeping_) return;
    const std::uint64_t passed = slowest();
    while (!pieces_.empty() && pieces_.front().size == pieces_.front().capacity &&
           pieces_.front().begins + pieces_.front().size <= passed)
        pieces_.pop_front();
    if (for_room_ && (readers_.empty() || size_ - passed <= room_)) woken.push_back(std::exchange(for_room_, nullptr));
}

bool growing_body::on_room(std::uint64_t most, std::function<void()> wake) {
    const std::lock_guard lock(mutex_);
    if (readers_.empty() || size_ - slowest() <= most) return false;
    room_ = most;
    for_room_ = std::move(wake);
    return true;
}

std::size_t growing_body::readers() const {
    const std::lock_guard lock(mutex_);
    return readers_.size();
}

std::uint64_t growing_body::size() const {
    const std::lock_guard lock(mutex_);
    return size_;
}

std::unique_ptr<growing_body::reader> growing_body::reader::join(const std::shared_ptr<growing_body>& of) {
    std::unique_ptr<reader> joined(new reader(of));
    const std::lock_guard lock(of->mutex_);
    // Its destructor would leave what it hasn't joined.
    if (!of->keeping_) {
        joined->place_ = of->readers_.end();
        return nullptr;
    }
    joined->place_ = of->readers_.insert(of->readers_.end(), joined.get());
    return joined;
}

growing_body::reader::~reader() {
    wakes woken;
    {
        const std::lock_guard lock(of_->mutex_);
        if (place_ != of_->readers_.end()) of_->readers_.erase(place_);
        of_->let_go(woken);
    }
    call(woken);
}

growing_body::portion growing_body::reader::next() {
    wakes woken;
    portion found;
    {
        const std::lock_guard lock(of_->mutex_);
        passed_ += std::exchange(shown_, 0);
        of_->let_go(woken);
        if (passed_ >= of_->size_) {
            found.is = of_->state_;
        } else {
            const auto behind =
                std::upper_bound(of_->pieces_.begin(), of_->pieces_.end(), passed_,
                                 [](std::uint64_t place, const piece& each) { return place < each.begins; });
            const piece& in = *(behind - 1);
            const std::size_t from = passed_ - in.begins;
            found.bytes = {in.bytes.get() + from, in.size - from};
            shown_ = found.bytes.size();
        }
    }
    call(woken);
    return found;
}

bool growing_body::reader::on_growth(std::function<void()> wake) {
    const std::lock_guard lock(of_->mutex_);
    if (of_->size_ > passed_ + shown_ || of_->state_ != state::growing) return false;
    of_->for_growth_.push_back(std::move(wake));
    return true;
}

}  // namespace nearside::proxy
