// One stream to one client: which views it tells, how far the client is with each, and what is to be written next. Has
// no queue: what is next is asked of the topics when the client has taken what came before. Shared by the coroutine
// that writes it and those that open its views; all on the client's thread.
#pragma once

#include "core/clock.h"
#include "core/http_message.h"
#include "proxy/exchange.h"
#include "proxy/stream_hub.h"
#include "proxy/stream_id.h"
#include "proxy/stream_places.h"
#include "proxy/stream_readers.h"
#include "proxy/stream_text.h"
#include "proxy/stream_topic.h"
#include "proxy/stream_wait.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nearside::proxy {

class stream_session final : public stream_reader, public std::enable_shared_from_this<stream_session> {
public:
    struct options {
        stream_hub* hub = nullptr;
        boost::asio::any_io_executor home;
        stream_places::place place;
        std::optional<wall_time> expires;  // of the client's token
        stream_positions seen;             // by the client's last id
    };
    // `urls`: the views as the client named them.
    stream_session(options of, const std::vector<std::string>& urls);

    // The view at that place of the list is told from now on.
    void follow(std::size_t at, std::shared_ptr<stream_topic> topic);
    // It can't be told. `final`: nor later.
    void fail(std::size_t at, const problem& why, bool final);
    void client_is_gone() noexcept;
    void on_change() noexcept override;
    void fetch_ahead(unsigned others) const noexcept override;

    // Writes until the client is gone or the stream ends. `head`: of the response.
    static boost::asio::awaitable<void> write(exchange& call, std::shared_ptr<stream_session> of, response_head head);

private:
    struct told_view {
        std::string url;  // a JSON string
        std::shared_ptr<stream_topic> topic;
        std::unique_ptr<stream_readers::membership> membership;
        std::optional<std::uint64_t> seen;
        event_tail problem;  // to be told
        bool over = false;
    };
    // What is written next, in this order.
    struct piece {
        event_tail ready;  // events that other streams are written too; may be null
        std::string text;
        event_tail large;          // the rest of the last event, but for its end; may be null
        counter* ended = nullptr;  // nothing comes after it, for this reason
    };
    piece next(bool beats);
    bool add_news(told_view& of, piece& into);
    void saw(told_view& of, std::string_view name, std::uint64_t sequence);
    bool tell_at_once() noexcept;
    steady_time due() const;
    void add_event(told_view& of, const stream_news::event& what, piece& into);
    void add_end(counter& why, piece& into) const;
    std::string id_with(const told_view& of) const;
    bool all_over() const noexcept;

    stream_hub& hub_;
    const boost::asio::any_io_executor home_;
    const stream_places::place place_;
    const std::optional<steady_time> expires_;
    const stream_positions last_seen_;
    const milliseconds heartbeat_;
    stream_wait wait_;
    exchange* call_ = nullptr;  // null: nothing may be written but by the coroutine
    event_tail begun_;          // the system hasn't taken all of it
    std::unique_ptr<stream_readers::membership> of_everybody_;
    std::vector<told_view> views_;
    bool gone_ = false;
};

}  // namespace nearside::proxy
