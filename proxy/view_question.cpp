#include "proxy/view_question.h"

#include "cache/key.h"
#include "core/percent_encoding.h"
#include "proxy/principal.h"
#include "proxy/view_request.h"

#include <utility>

namespace nearside::proxy {

namespace {

// The path with its parameters filled in.
std::string path_with(std::string_view path, std::span<const std::string> captures) {
    std::string made;
    for (const std::string& value : captures) {
        const std::size_t open = path.find('{');
        if (open == std::string_view::npos) break;
        made += path.substr(0, open);
        append_percent_encoded(made, value);
        path.remove_prefix(path.find('}', open) + 1);
    }
    return made.append(path);
}

}  // namespace

result<view_target> understand_target(std::shared_ptr<const view> of, std::span<const std::string> captures,
                                      std::string_view query) {
    result<aggregators::view_inputs> inputs = read_view_inputs(of->path_parameters, captures, of->query, query);
    if (!inputs) return std::move(inputs).error();
    cache::key_builder key("view", of->name);
    key.add_mark(of->mark);
    for (const auto& [name, value] : *inputs)
        key.add(name, value);
    std::string path = path_with(of->plan->path, captures);
    return view_target{std::move(of), *std::move(inputs), key.take(), std::move(path)};
}

namespace {

// The same target with what it takes from the request's header.
result<std::shared_ptr<const view_target>> with_header_inputs(std::shared_ptr<const view_target> target,
                                                              const header_fields& fields) {
    const view& of = *target->of;
    if (of.headers.empty() && of.claims.empty()) return target;
    result<aggregators::view_inputs> more = read_header_inputs(of, fields);
    if (!more) return std::move(more).error();
    auto made = std::make_shared<view_target>(*target);
    cache::key_builder key(std::move(made->key));
    for (const auto& [name, value] : *more)
        key.add(name, value);
    made->key = key.take();
    made->inputs.merge(*more);
    return std::shared_ptr<const view_target>(std::move(made));
}

}  // namespace

result<view_question> understand(std::shared_ptr<const view_target> plain, const request_head& request) {
    auto with_headers = with_header_inputs(std::move(plain), request.fields);
    if (!with_headers) return std::move(with_headers).error();
    std::shared_ptr<const view_target> target = *std::move(with_headers);
    view_question question;
    question.key = cache::key_for_principal(target->key, principal_of(request.fields, *target->of));
    question.asked = cache::read_request_directives(request.fields);
    question.target = std::move(target);
    return question;
}

}  // namespace nearside::proxy
