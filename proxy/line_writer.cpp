#include "proxy/line_writer.h"

#include "aggregators/part_lines.h"

#include <algorithm>
#include <utility>

namespace nearside::proxy {

namespace {

// Slices smaller than this are written together, up to the second number.
constexpr std::size_t worth_a_write = 16 * 1024;
constexpr std::size_t written_at_once = 64 * 1024;

}  // namespace

boost::asio::awaitable<bool> line_writer::take(std::shared_ptr<const aggregators::view_progress> of,
                                               aggregators::view_progress::part told) {
    told_[told.number].by = std::move(of);
    auto taking = take_final(told.number, std::move(told.line));
    co_return co_await std::move(taking);
}

boost::asio::awaitable<bool> line_writer::take_final(std::uint32_t part, body line) {
    if (done_) co_return false;
    body& known = told_[part].line;
    if (aggregators::same_bytes(known, line)) co_return true;
    known = line;
    if (!begun_yet_) {
        auto beginning = begin();
        const bool goes_on = co_await std::move(beginning);
        if (!goes_on) co_return false;
    }
    auto writing = write(std::move(line));
    co_return co_await std::move(writing);
}

boost::asio::awaitable<bool> line_writer::begin() {
    begun_yet_ = true;
    begun_.add();
    auto starting = call_.start(std::move(head_), std::nullopt);
    const result<void> started = co_await std::move(starting);
    done_ = !started.has_value();
    if (started.has_value() && call_.head().method == "HEAD") {
        done_ = true;
        auto finishing = call_.finish();
        const result<void> finished = co_await std::move(finishing);
        co_return finished.has_value() && !done_;
    }
    co_return !done_;
}

boost::asio::awaitable<bool> line_writer::write(body line) {
    std::string small;
    result<void> taken;
    for (const slice& each : line.slices()) {
        const bool large = each.bytes.size() >= worth_a_write;
        if (!large) small.append(each.bytes);
        if (!small.empty() && (large || small.size() >= written_at_once)) {
            taken = co_await call_.write(small);
            small.clear();
        }
        if (taken && large) taken = co_await call_.write(each.bytes);
        if (!taken) break;
    }
    if (taken && !small.empty()) taken = co_await call_.write(small);
    done_ = !taken.has_value();
    co_return !done_;
}

boost::asio::awaitable<void> line_writer::end(std::string last_line, header_fields trailers) {
    if (done_) co_return;
    done_ = true;
    auto writing = call_.write(last_line);
    const result<void> written = co_await std::move(writing);
    if (!written) co_return;
    auto finishing = call_.finish_with(std::move(trailers));
    const result<void> finished = co_await std::move(finishing);
    if (!finished) call_.abort();
}

bool line_writer::has_all_of(const aggregators::view_progress& run) const noexcept {
    return std::all_of(told_.begin(), told_.end(), [&run](const told_part& each) { return each.by.get() == &run; });
}

}  // namespace nearside::proxy
