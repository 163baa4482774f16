#include "cache/redis_nodes.h"

namespace nearside::cache {

redis_lanes redis_lanes::start(const redis_nodes_parts& parts, const redis_locate& locate, redis_dialer::peer who) {
    const auto& settings = parts.dialer->settings();
    redis_link::parts link{.home = parts.home,
                           .dialer = parts.dialer,
                           .locate = locate,
                           .who = who,
                           .patience = settings.request_timeout,
                           .on_change = parts.on_change};
    redis_lanes made;
    made.request = redis_link::start(link);
    link.patience = settings.command_timeout;
    made.background = redis_link::start(link);
    return made;
}

void redis_lanes::reconnect(const std::string& why) const {
    request->reconnect(why);
    background->reconnect(why);
}

void redis_lanes::stop() const {
    request->stop();
    background->stop();
}

}  // namespace nearside::cache
