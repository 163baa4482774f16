#include "proxy/stream_feed.h"

#include "core/json_string.h"

#include <algorithm>
#include <utility>

namespace nearside::proxy {

namespace {

// A text this long is written before more is added.
constexpr std::size_t enough_at_once = 64 * 1024;

std::optional<steady_time> by_steady_clock(const std::optional<wall_time>& when, const clock& time) {
    if (!when) return std::nullopt;
    return time.steady_now() + (*when - time.wall_now());
}

}  // namespace

stream_feed::stream_feed(stream_hub& hub, options of, const std::vector<std::string>& urls)
    : hub_(hub), expires_(by_steady_clock(of.expires, hub.time())), last_seen_(std::move(of.seen)) {
    views_.reserve(urls.size());
    for (const std::string& url : urls)
        views_.emplace_back().url = json_string(url);
}

void stream_feed::follow(std::size_t at, std::shared_ptr<stream_topic> topic) {
    told_view& of = views_[at];
    of.seen.version = last_seen_.find(topic->epoch());
    of.topic = std::move(topic);
    of.over = false;
}

void stream_feed::fail(std::size_t at, const problem& why) {
    views_[at].problem = problem_tail(why.content.to_string());
    views_[at].seen.trouble = true;
    views_[at].over = true;
}

bool stream_feed::expired() const {
    return expires_ && hub_.time().steady_now() >= *expires_;
}

bool stream_feed::all_over() const noexcept {
    return std::all_of(views_.begin(), views_.end(), [](const told_view& each) { return each.over; });
}

stream_topic::ready_event stream_feed::ready() {
    if (views_.size() != 1 || expired()) return {};
    const told_view& of = views_.front();
    if (of.problem || of.over || of.seen.trouble || !of.topic) return {};
    return of.topic->ready_since(of.seen.version, of.url);
}

stream_feed::piece stream_feed::next(bool beats) {
    piece made;
    // Before any news: whoever may see no more isn't told what came meanwhile, however much that is; and whoever is to
    // go elsewhere is told it there.
    if (expired()) {
        add_end(hub_.count().ended_expired, made);
        return made;
    }
    if (hub_.moving()) {
        add_end(hub_.count().ended_moved, made);
        return made;
    }
    for (std::size_t looked_at = 0; looked_at < views_.size(); ++looked_at) {
        told_view& of = views_[turn_];
        turn_ = (turn_ + 1) % views_.size();
        add_news(of, made);
        if (made.is_full || made.ended != nullptr) return made;
    }
    if (all_over()) {
        add_end(hub_.count().ended_problem, made);
    } else if (made.text.empty() && !made.ready && beats) {
        hub_.count().heartbeats.add();
        made.text = heartbeat_comment;
    }
    return made;
}

void stream_feed::add_news(told_view& of, piece& into) {
    if (of.problem) add_problem(of, into);
    if (!of.topic || of.over) return;
    if (views_.size() == 1 && into.text.empty()) {
        if (stream_topic::ready_event same = ready(); same.text) {
            was_written(same);
            into.ready = std::move(same.text);
            return;
        }
    }
    const stream_news news = of.topic->since(of.seen);
    if (news.trouble) {
        of.problem = news.trouble;
        of.seen.trouble = true;
        add_problem(of, into);
    }
    for (const stream_news::event& each : news.events) {
        add_event(of, each, into);
        if (into.is_full) return;
    }
    if (!news.end) return;
    if (!news.end->problem) return add_end(hub_.count().ended_moved, into);
    of.problem = news.end->problem;
    of.over = true;
    add_problem(of, into);
}

void stream_feed::add_problem(told_view& of, piece& into) {
    hub_.count().problems.add();
    append_event_start(into.text, "problem", {}, of.url);
    into.text.append(*std::exchange(of.problem, nullptr)).append(event_end);
}

void stream_feed::add_event(told_view& of, const stream_news::event& what, piece& into) {
    saw(of, what.name, what.sequence);
    const bool is_large = what.tail->size() >= stream_topic::worth_its_own_write;
    const std::string id = id_with(of);
    constexpr std::size_t words = 64;  // at most, beside what differs
    into.text.reserve(into.text.size() + words + id.size() + of.url.size() + (is_large ? 0 : what.tail->size()));
    append_event_start(into.text, what.name, id, of.url);
    if (is_large) {
        into.large = what.tail;
    } else {
        into.text.append(*what.tail).append(event_end);
    }
    into.is_full = is_large || into.text.size() >= enough_at_once;
}

void stream_feed::add_end(counter& why, piece& into) const {
    append_retry(into.text, hub_.scattered_retry());
    into.ended = &why;
}

void stream_feed::saw(told_view& of, std::string_view name, std::uint64_t sequence) {
    of.seen = {sequence, false};
    stream_hub::meters& count = hub_.count();
    (name == "patch" ? count.patches : name == "snapshot" ? count.snapshots : count.changed).add();
}

std::string stream_feed::id_with(const told_view& of) const {
    std::string id;
    for (const told_view& each : views_) {
        if (each.topic && each.seen.version && (!each.over || &each == &of))
            append_position(id, each.topic->epoch(), *each.seen.version);
    }
    return id;
}

}  // namespace nearside::proxy
