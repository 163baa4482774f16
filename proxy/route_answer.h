// How a stored response answers a request: whole, as a 304, in ranges, or not at all in this form. Pure; any thread.
#pragma once

#include "cache/entry.h"
#include "core/body.h"
#include "core/clock.h"
#include "core/http_message.h"
#include "core/prepared_head.h"

#include <memory>

namespace nearside::proxy {

// What to give to exchange::respond_stored().
struct stored_answer {
    head_view head;
    std::shared_ptr<const body> own_content;  // null: the entry's own
    header_fields more;                       // Content-Range and the like
};

// For GET and HEAD. The entry outlives the answer.
stored_answer make_stored_answer(const request_head& request, const cache::entry& stored, wall_time now);

// The request's conditions hold for an answer that isn't whole yet: it is a 304.
bool answers_not_modified(const request_head& request, const prepared_head& stored, wall_time now);

// The stored content coding is one that the client takes.
bool takes_stored_coding(const header_fields& request, const prepared_head& stored);

}  // namespace nearside::proxy
