// Bends an answer as a fault says, while it is still a message. Pure; any thread.
#pragma once

#include "loadtest/farapi/faults.h"
#include "loadtest/farapi/reply.h"

namespace nearside::farapi {

// Kinds that only concern bytes or time leave the answer alone.
void bend_reply(reply& answer, const fault& how);

}  // namespace nearside::farapi
