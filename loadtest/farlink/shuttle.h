// Carries packets between the two ends of a TUN link, each direction over its line. One thread, until the far command
// ends or a signal comes.
#pragma once

#include "loadtest/farlink/link_settings.h"
#include "loadtest/farlink/tun_link.h"

namespace nearside::farlink {

// `command`: readable when the far command has ended; -1: there is none. `signals`: a signalfd. True when the command
// ended, false when a signal came.
bool shuttle(const tun_link& link, const link_settings& settings, int command, int signals);

}  // namespace nearside::farlink
