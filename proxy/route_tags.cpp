#include "proxy/route_tags.h"

#include "aggregators/select.h"
#include "aggregators/tag_texts.h"
#include "core/percent_encoding.h"
#include "proxy/query_pairs.h"
#include "proxy/tag_fields.h"

#include <algorithm>
#include <set>
#include <span>
#include <utility>

namespace nearside::proxy {

namespace {

// Tags up to a limit, each once.
class tag_collector {
public:
    explicit tag_collector(std::size_t most) : most_(most) {}

    void add(std::string_view tag) {
        if (tag.empty() || tags_.contains(tag)) return;
        if (tag.size() > tag_limits::tag_bytes || tags_.size() == most_) {
            ++ignored_;
            return;
        }
        tags_.emplace(tag);
    }
    void ignore(std::size_t count) noexcept { ignored_ += count; }

    std::vector<std::string> take(std::size_t* ignored) {
        if (ignored != nullptr) *ignored = ignored_;
        std::vector<std::string> list;
        list.reserve(tags_.size());
        while (!tags_.empty())
            list.push_back(std::move(tags_.extract(tags_.begin()).value()));
        return list;
    }

private:
    const std::size_t most_;
    std::set<std::string, std::less<>> tags_;
    std::size_t ignored_ = 0;
};

using found_values = std::vector<std::vector<aggregators::json_value>>;

found_values read_body(const buffer& body, std::span<const aggregators::json_path> paths) {
    if (paths.empty() || body.size() == 0 || body.size() > tag_limits::body_bytes) return {};
    auto found = aggregators::select(aggregators::step_value::single(body), paths, {.depth = tag_limits::json_depth});
    return found ? *std::move(found) : found_values{};
}

// The last one, as most servers read it.
std::optional<std::string> find_parameter(std::string_view query, std::string_view wanted) {
    std::optional<std::string> value;
    for_each_query_pair(query, [&](const query_pair& pair) {
        if (percent_decoded(pair.name, true) == wanted) value = percent_decoded(pair.value, true);
    });
    return value;
}

// Fills templates in, one after the other in the order of the route.
class template_filler {
public:
    template_filler(const route_target& target, const found_values& request, const found_values& response,
                    tag_collector& into)
        : target_(target), request_(request), response_(response), into_(into) {}

    void fill(const tag_template& from) {
        std::vector<std::string> tags(1);
        for (const tag_template::piece& piece : from.pieces()) {
            for (std::string& tag : tags)
                tag += piece.literal;
            if (!piece.then) continue;
            // Gone on with even without a tag: every reference to a body moves its cursor.
            tags = aggregators::grown_tags(tags, values_of(*piece.then));
        }
        for (const std::string& tag : tags)
            into_.add(tag);
    }

private:
    std::vector<std::string> values_of(const tag_template::reference& from) {
        if (const auto* capture = std::get_if<tag_template::capture>(&from)) {
            if (capture->position >= target_.captures.size()) return {};
            const std::string& value = target_.captures[capture->position];
            return value.empty() ? std::vector<std::string>{} : std::vector<std::string>{value};
        }
        if (const auto* parameter = std::get_if<tag_template::parameter>(&from)) {
            std::optional<std::string> value = find_parameter(target_.query, parameter->name);
            return value ? std::vector<std::string>{*std::move(value)} : std::vector<std::string>{};
        }
        const bool of_request = std::get<tag_template::body_value>(from).of == tag_template::message::request;
        const found_values& found = of_request ? request_ : response_;
        const std::size_t at = of_request ? next_of_request_++ : next_of_response_++;
        return at < found.size() ? texts_of(found[at]) : std::vector<std::string>{};
    }

    std::vector<std::string> texts_of(std::span<const aggregators::json_value> values) {
        aggregators::tag_texts found = aggregators::tag_texts_of(values, tag_limits::invalidated);
        into_.ignore(found.left_out);
        return std::move(found.texts);
    }

    const route_target& target_;
    const found_values& request_;
    const found_values& response_;
    tag_collector& into_;
    std::size_t next_of_request_ = 0, next_of_response_ = 0;
};

void add_named_by_upstream(const header_fields& response, tag_collector& into) {
    for (const tag_field& known : naming_fields) {
        for (const header_fields::field& field : response) {
            if (!iequals(field.name, known.name)) continue;
            for_each_tag(known, field.value, [&](std::string_view tag) { into.add(tag); });
        }
    }
}

}  // namespace

std::vector<std::string> response_tags(const route_target& target, const header_fields& response,
                                       std::size_t* ignored) {
    tag_collector into(tag_limits::stored);
    static const found_values nothing;
    template_filler filler(target, nothing, nothing, into);
    for (const tag_template& each : target.of->tags)
        filler.fill(each);
    add_named_by_upstream(response, into);
    return into.take(ignored);
}

std::vector<std::string> upstream_tags(const header_fields& response) {
    tag_collector into(tag_limits::stored);
    add_named_by_upstream(response, into);
    return into.take(nullptr);
}

std::vector<std::string> invalidated_tags(const route_target& target, const buffer& request, const buffer& response,
                                          std::size_t* ignored) {
    const invalidation_rules& rules = target.of->invalidates;
    tag_collector into(tag_limits::invalidated);
    const found_values from_request = read_body(request, rules.request_paths);
    const found_values from_response = read_body(response, rules.response_paths);
    template_filler filler(target, from_request, from_response, into);
    for (const tag_template& each : rules.templates)
        filler.fill(each);
    return into.take(ignored);
}

}  // namespace nearside::proxy
