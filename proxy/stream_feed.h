// What one stream is written next: the news of its views in turn, and its end. Writes nothing and waits for nothing.
// One thread's: its session's.
#pragma once

#include "core/clock.h"
#include "core/metrics.h"
#include "proxy/problem.h"
#include "proxy/stream_hub.h"
#include "proxy/stream_id.h"
#include "proxy/stream_text.h"
#include "proxy/stream_topic.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nearside::proxy {

class stream_feed {
public:
    struct options {
        std::optional<wall_time> expires;  // of the client's token: nothing is told from then on
        stream_positions seen;             // by the client's last id
    };
    // `hub` outlives it. `urls`: the views as the client named them.
    stream_feed(stream_hub& hub, options of, const std::vector<std::string>& urls);

    // The view at that place of the list is told from now on.
    void follow(std::size_t at, std::shared_ptr<stream_topic> topic);
    // It can't be told, nor later, unless it is followed after that.
    void fail(std::size_t at, const problem& why);

    // In this order. Large events are pieces of their own, as is what fills one; the next one is another view's then,
    // where that has news. Empty: there is nothing to be told.
    struct piece {
        event_tail ready;  // events that other streams are written too; may be null
        std::string text;
        event_tail large;  // the rest of the last event, but for its end; may be null
        bool is_full = false;
        counter* ended = nullptr;  // nothing comes after it, for this reason
    };
    // `beats`: a comment where there is nothing else to be told.
    piece next(bool beats);

    // The same for a stream that is to be told one event which all are told alike; null text: it takes next(). Once
    // that is written, the caller says so.
    stream_topic::ready_event ready();
    void was_written(const stream_topic::ready_event& told) { saw(views_.front(), told.name, told.sequence); }

    // When there will be something to be told, were there no news: no later than `beat`.
    steady_time due(steady_time beat) const { return expires_ && *expires_ < beat ? *expires_ : beat; }
    // The memory of what is asked first.
    const void* first_memory() const noexcept { return views_.data(); }

private:
    struct told_view {
        std::string url;  // a JSON string
        std::shared_ptr<stream_topic> topic;
        stream_seen seen;
        event_tail problem;  // to be told
        bool over = false;
    };
    bool expired() const;
    bool all_over() const noexcept;
    void add_news(told_view& of, piece& into);
    void add_problem(told_view& of, piece& into);
    void add_event(told_view& of, const stream_news::event& what, piece& into);
    void add_end(counter& why, piece& into) const;
    void saw(told_view& of, std::string_view name, std::uint64_t sequence);
    std::string id_with(const told_view& of) const;

    stream_hub& hub_;
    const std::optional<steady_time> expires_;
    const stream_positions last_seen_;
    std::vector<told_view> views_;
    std::size_t turn_ = 0;  // whose news come first in the next piece
};

}  // namespace nearside::proxy
