// Keeps views warm for whoever comes first (`warm`): says to refresh_ahead which parameters of them are renewed without
// a visit. Those of upstream lists are read again every so often; a list that can't be read is tried again with longer
// and longer pauses, and what it said last stays. So are literal ones that were refused, since too many were watched.
// Owned by its generation, which what goes on here holds until stop(). start() and stop() from any thread; all else
// happens on `home`.
#pragma once

#include "core/clock.h"
#include "core/log.h"
#include "core/metrics.h"
#include "proxy/owner.h"
#include "proxy/refresh_ahead.h"
#include "proxy/shared_steps.h"
#include "proxy/site.h"
#include "proxy/upstreams.h"
#include "proxy/view_refresh.h"

#include <boost/asio/any_io_executor.hpp>

#include <functional>
#include <memory>
#include <string>

namespace nearside::proxy {

struct warm_environment {
    owner held_by{};
    std::shared_ptr<const site> places;
    refresh_ahead* ahead = nullptr;
    const view_refresh* refresh = nullptr;
    shared_steps* steps = nullptr;
    std::shared_ptr<const upstreams> pools;
    boost::asio::any_io_executor home;  // one thread's
    boost::asio::any_io_executor workers;
    const clock* time = nullptr;
    logger* log = nullptr;
    metrics* registry = nullptr;
    std::string via;                 // server.name
    std::function<double()> random;  // 0 up to 1; asked on `home`
};

class warm_views {
public:
    explicit warm_views(warm_environment with);

    // Begins when the connections to the upstreams stand, or a few seconds have passed.
    void start();
    // Keeps nothing any more, so that the executor can run out of work.
    void stop();

private:
    struct state;
    std::shared_ptr<state> state_;
};

// How long after a list could not be read, or not all be kept, `failures` times in a row, it is tried again: a second,
// then twice that, and so on up to `every`. `random`: a fraction, 0 up to 1, that keeps apart what fails together.
// Pure.
milliseconds pause_after(std::uint32_t failures, milliseconds every, double random);

}  // namespace nearside::proxy
