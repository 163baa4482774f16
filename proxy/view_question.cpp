#include "proxy/view_question.h"

#include "cache/key.h"
#include "proxy/principal.h"
#include "proxy/view_request.h"

#include <utility>

namespace nearside::proxy {

result<view_question> understand(std::shared_ptr<const view> of, std::span<const std::string> captures,
                                 const request_head& request) {
    result<aggregators::view_inputs> inputs =
        read_view_inputs(of->path_parameters, captures, of->query, request.query());
    if (!inputs) return std::move(inputs).error();

    cache::key_builder key("view", of->name);
    for (const auto& [name, value] : *inputs) key.add(name, value);
    key.principal(principal_of(request.fields, *of));

    cache::cache_control asked = cache::read_cache_control(request.fields);
    // A cache treats Pragma as no-cache where there is no Cache-Control (RFC 9111 5.4).
    if (const auto pragma = request.fields.find("pragma"); pragma && !request.fields.contains("cache-control")) {
        asked.no_cache = iequals(*pragma, "no-cache");
    }
    return view_question{std::move(of), *std::move(inputs), key.take(), asked};
}

}  // namespace nearside::proxy
