// The visit that parameters kept warm stand for: as a client would have made it, so that it comes to the same key.
// Pure; any thread.
#pragma once

#include "core/error.h"
#include "core/http_message.h"
#include "proxy/view_question.h"
#include "proxy/warm_plan.h"

#include <memory>

namespace nearside::proxy {

struct warm_visit {
    view_question question;
    request_head request;
};
// Fails with invalid_parameter.
result<warm_visit> visit_with(const std::shared_ptr<const view>& of, const warm_values& values);

}  // namespace nearside::proxy
