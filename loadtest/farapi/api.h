// The REST surface: who asks, what they may see, which record or list they get, what their writes change. Decides an
// answer from a request and `now`; knows no sockets. One owner, one thread.
#pragma once

#include "loadtest/farapi/query.h"
#include "loadtest/farapi/reply.h"
#include "loadtest/farapi/world.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nearside::farapi {

struct api_options {
    bool authenticate = true;  // off: everybody is staff
    std::string public_url;    // of absolute links; empty: http:// and the request's Host
};

class api {
public:
    api(world& data, api_options options) : data_(data), options_(std::move(options)) {}

    reply answer(const request& asked, world_time now);

private:
    struct call {
        const request& asked;
        principal who;
        query_parameters query;
        std::vector<std::string_view> path;  // segments behind /api/
        world_time now;
    };

    // Either a principal, or the 401 in `refusal`.
    std::optional<principal> authenticate(const request_head& head, reply& refusal) const;
    std::string own_url(const call& of) const;

    reply users(const call& of) const;
    reply projects(const call& of);
    reply jobs(const call& of);
    reply artifacts(const call& of);
    reply list_projects(const call& of) const;
    reply list_jobs(const call& of) const;
    reply one_job(const call& of, record_id id);
    reply metrics(const call& of, const job& what) const;
    reply create_job(const call& of);
    std::optional<project> visible_project(const call& of, record_id id) const;

    world& data_;
    api_options options_;
};

}  // namespace nearside::farapi
