// A request as read, and an answer before it is put on the wire. Values.
#pragma once

#include "core/http_message.h"

#include <functional>
#include <memory>
#include <string>

namespace nearside::farapi {

struct request {
    request_head head;
    std::string body;
};

struct reply {
    int status = 200;
    header_fields fields;
    std::string body;
    std::string etag;                    // empty: made of the body, where the answer is a GET's 200
    std::function<std::string()> large;  // makes the body when it is worth a thread of its own
};

// How answers are finished; the operator's choice.
struct reply_options {
    bool gzip = true;
    std::string vary = "Accept";
    std::string cache_control;
};

// Body made, ETag set, If-None-Match answered by 304 (RFC 9110 13.1.2), gzip where accepted. May take a second of CPU
// for tens of MB. True when a 304 came of it.
bool finish_reply(reply& answer, const request_head& asked, const reply_options& options);

}  // namespace nearside::farapi
