// How much of a response the system may hold beyond what is on its way to a client (TCP_NOTSENT_LOWAT). Without it the
// system takes megabytes for every client that has stopped reading, and a thousand of those bring it into need. More
// than a turn of the loop takes a fast client to read, less than what many slow ones would cost.
#pragma once

namespace nearside::proxy {

constexpr int most_unsent_bytes = 128 * 1024;

}  // namespace nearside::proxy
