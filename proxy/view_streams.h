// Begins streams: takes a place, finds each view's copy as a plain request would, and hands over what goes on by itself
// (proxy/stream_session), whatever becomes of this configuration. Also lets requests wait for a change.
// Owned by its generation, which everything here holds. Any io thread.
#pragma once

#include "cache/memory_store.h"
#include "cache/reuse.h"
#include "cache/tag_epochs.h"
#include "config/settings.h"
#include "core/clock.h"
#include "proxy/exchange.h"
#include "proxy/owner.h"
#include "proxy/problem.h"
#include "proxy/site.h"
#include "proxy/stream_hub.h"
#include "proxy/stream_session.h"
#include "proxy/view_question.h"
#include "proxy/view_refresh.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nearside::proxy {

// A stream that is to be written: without its generation.
struct begun_stream {
    std::shared_ptr<stream_session> session;
    response_head head;
};

class view_streams {
public:
    struct environment {
        owner held_by{};
        stream_hub* hub = nullptr;
        const cache::memory_store* store = nullptr;
        const cache::tag_epochs* epochs = nullptr;
        view_refresh* refresh = nullptr;
        std::shared_ptr<const site> places;
        std::shared_ptr<const config::settings> settings;
        const clock* time = nullptr;
    };
    explicit view_streams(environment with) : with_(std::move(with)) {}

    // The request is for a stream of the view.
    bool asks_for_one(const request_head& request) const;
    // The path is that of streams of many views.
    bool serves(std::string_view path) const;
    // The request would rather wait until the view has changed.
    bool asks_to_wait(const request_head& request) const;

    // These are awaited by the coroutine that answers `call`, which outlives them, as does what they are given.

    // Nothing: it was answered here.
    boost::asio::awaitable<std::optional<begun_stream>> begin(exchange& call, view_question question);
    boost::asio::awaitable<std::optional<begun_stream>> begin_many(exchange& call);

    // Until the view has another version than the request names, or the time is over. False: it was answered here.
    boost::asio::awaitable<bool> wait_for_change(exchange& call, const view_question& question);

private:
    // Either a topic that has a version, or why it can't be told.
    struct opened {
        std::shared_ptr<stream_topic> topic;
        problem why{};
        bool older_may_stand_in = false;  // stream_topic::be_in_trouble()
    };
    bool enabled() const noexcept { return with_.settings->streams.max > 0; }
    std::optional<stream_places::place> take_place(exchange& call);
    boost::asio::awaitable<opened> open(view_question question, std::shared_ptr<const request_head> request);
    opened opened_with(const view_question& question, const request_head& request, const cache::entry_ptr& entry) const;
    boost::asio::awaitable<void> open_later(owner_hold hold, view_question question,
                                            std::shared_ptr<const request_head> request,
                                            std::shared_ptr<stream_session> session, std::size_t at);
    result<view_question> question_of(std::string_view url, const exchange& call, const request_head& request) const;
    response_head head_of(const view* of) const;
    static bool forwards_token(const view& of);
    // How long a client may be told what its token lets it see.
    struct right {
        std::optional<wall_time> expires{};
    };
    // Nothing: it may no more, and was answered so.
    std::optional<right> right_of(exchange& call, bool with_token) const;
    std::shared_ptr<stream_session> session_of(const boost::asio::any_io_executor& home, const request_head& request,
                                               stream_places::place place, right of,
                                               const std::vector<std::string>& urls) const;

    const environment with_;
};

}  // namespace nearside::proxy
