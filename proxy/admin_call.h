// What a request to the admin listener asks for, by its method and path. Pure; any thread.
#pragma once

#include "proxy/admin_access.h"

#include <cstdint>
#include <string_view>

namespace nearside::proxy {

struct admin_call {
    enum class kind : std::uint8_t {
        unknown,
        alive,
        ready,
        metrics,
        invalidate,  // POST /invalidate
        purge,       // PURGE, as Varnish and Fastly take it: the path is one of the public listener
        purge_tag,   // POST /service/ID/purge/TAG and POST /service/ID/purge, Fastly's
        entries,
        entry,
        reload,
        drain,
    };

    kind is = kind::unknown;
    bool fits = true;          // the method is one that the path takes
    std::string_view methods;  // that it takes, as Allow tells them
    std::string_view name;     // the call, for people and the log: constant, without what varies
    std::string_view rest;     // of the path, still encoded: the entry's key, the tag
    admin_role role = admin_role::read;
    bool changes = false;  // something: it is in the log
};

// `rest` points into `path`.
admin_call understand_call(std::string_view method, std::string_view path) noexcept;

}  // namespace nearside::proxy
