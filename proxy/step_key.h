// Under which key the answer to a step's call is stored: upstream, URI and, as a digest, whatever the call sends that
// is the client's. Two views that call the same for the same principal share it. Pure; any thread.
#pragma once

#include "core/http_message.h"

#include <string>
#include <string_view>

namespace nearside::proxy {

// Who asks an upstream, as far as its answers can differ by it: the headers that it is sent of the client's.
struct step_principal {
    std::string digest;     // of all of them; empty: there are none
    bool one_user = false;  // a credential is among them, so that answers may be for that user alone
    bool authorization = false;
    bool cookie = false;
    // Of the upstream (proxy/marks.h): what another said under that name isn't its answer.
    std::string upstream_mark{};
};
step_principal principal_of(const header_fields& forwarded);

// What a call is known by.
struct step_identity {
    std::string key;
    // The tag that a write to the URI invalidates, whoever's copy it is (RFC 9111 4.4).
    std::string uri_tag;
};
step_identity identify_step(std::string_view upstream, std::string_view target, const step_principal& who);

// The tag of all steps' answers from `target`, which a route's write names as it likes.
std::string step_uri_tag(std::string_view upstream, std::string_view target);

}  // namespace nearside::proxy
