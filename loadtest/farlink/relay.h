// The distance without privileges: a TCP relay that delays bytes both ways and holds back the first ones for as long as
// connecting would have taken. What it cannot show: the client's own connect() returns at once, loss, and TCP's slow
// start over the distance. One thread, until the far command ends or a signal comes.
#pragma once

#include "loadtest/farlink/link_settings.h"

#include <cstdint>
#include <functional>
#include <string>

namespace nearside::farlink {

struct relay_settings {
    std::uint16_t listen_port = 0;  // on loopback; 0: the system chooses
    std::string to_host = "127.0.0.1";
    std::uint16_t to_port = 0;
    link_settings link;
};

// `listening` gets the port. `command` as in shuttle.h; true when the command ended.
bool relay(const relay_settings& settings, int command, const std::function<void(std::uint16_t)>& listening);

// A port of loopback that was free a moment ago.
std::uint16_t free_loopback_port();

}  // namespace nearside::farlink
