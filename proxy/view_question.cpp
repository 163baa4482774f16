#include "proxy/view_question.h"

#include "cache/key.h"
#include "proxy/principal.h"
#include "proxy/view_request.h"

#include <utility>

namespace nearside::proxy {

result<view_target> understand_target(std::shared_ptr<const view> of, std::span<const std::string> captures,
                                      std::string_view query) {
    result<aggregators::view_inputs> inputs = read_view_inputs(of->path_parameters, captures, of->query, query);
    if (!inputs) return std::move(inputs).error();
    cache::key_builder key("view", of->name);
    for (const auto& [name, value] : *inputs)
        key.add(name, value);
    return view_target{std::move(of), *std::move(inputs), key.take()};
}

view_question understand(std::shared_ptr<const view_target> target, const request_head& request) {
    view_question question;
    question.key = cache::key_for_principal(target->key, principal_of(request.fields, *target->of));
    question.asked = cache::read_request_directives(request.fields);
    question.target = std::move(target);
    return question;
}

}  // namespace nearside::proxy
