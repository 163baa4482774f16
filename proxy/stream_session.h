// One stream to one client: writes what its feed says (proxy/stream_feed), waits until there may be more, and ends. Has
// no queue: what is next is asked for when the client has taken what came before. Shared by the coroutine that writes
// it and those that open its views; all on the client's thread.
#pragma once

#include "core/clock.h"
#include "core/http_message.h"
#include "proxy/exchange.h"
#include "proxy/stream_feed.h"
#include "proxy/stream_hub.h"
#include "proxy/stream_places.h"
#include "proxy/stream_readers.h"
#include "proxy/stream_text.h"
#include "proxy/stream_topic.h"
#include "proxy/stream_wait.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace nearside::proxy {

class stream_session final : public stream_reader, public std::enable_shared_from_this<stream_session> {
public:
    struct options {
        stream_hub* hub = nullptr;
        boost::asio::any_io_executor home;
        stream_places::place place;
        stream_feed::options feed;
    };
    // `urls`: the views as the client named them.
    stream_session(options of, const std::vector<std::string>& urls);

    // The view at that place of the list is told from now on.
    void follow(std::size_t at, std::shared_ptr<stream_topic> topic);
    // It can't be told, nor later, unless it is followed after that.
    void fail(std::size_t at, const problem& why);
    void client_is_gone() noexcept;
    void on_change() noexcept override;
    void fetch_ahead(unsigned others) const noexcept override;

    // Writes until the client is gone or the stream ends. `head`: of the response.
    static boost::asio::awaitable<void> write(exchange& call, std::shared_ptr<stream_session> of, response_head head);

private:
    bool tell_at_once() noexcept;
    steady_time due() const;

    stream_hub& hub_;
    const boost::asio::any_io_executor home_;
    const stream_places::place place_;
    const milliseconds heartbeat_;
    stream_feed feed_;
    stream_wait wait_;
    exchange* call_ = nullptr;  // null: nothing may be written but by the coroutine
    event_tail begun_;          // the system hasn't taken all of it
    std::unique_ptr<stream_readers::membership> of_everybody_;
    std::vector<std::unique_ptr<stream_readers::membership>> of_topics_;
    bool gone_ = false;
};

}  // namespace nearside::proxy
