#include "proxy/openapi.h"

#include "aggregators/shape.h"
#include "core/ascii.h"
#include "core/json_string.h"
#include "proxy/view_request.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace nearside::proxy {

namespace {

using input = config::view_settings::query_parameter;
using input_type = config::view_settings::input_type;

// Fields that every answer of a view has, or may have.
struct told_field {
    std::string_view name;
    std::string_view type;
    std::string_view description;
};
constexpr told_field told_fields[] = {
    {"ETag", "string", "Strong, of the content. Send it as If-None-Match."},
    {"Cache-Control", "string", "For the browser."},
    {"Age", "integer", "Whole seconds since the upstream was read."},
    {"Cache-Status", "string", "How the answer came about (RFC 9211)."},
    {"Server-Timing", "string", "One item a step, in milliseconds of the run that made it."},
    {"Vary", "string", "The request headers that tell one user's answer from another's."},
    {"nearside-partial", "string", "The optional steps that failed; absent when none did."},
};

constexpr std::string_view components =
    R"(,"responses":{"NotModified":{"description":"Unchanged since that ETag.",)"
    R"("headers":{"ETag":{"$ref":"#/components/headers/ETag"}}},)"
    R"("Problem":{"description":"What went wrong (RFC 9457).","content":)"
    R"({"application/problem+json":{"schema":{"$ref":"#/components/schemas/Problem"}}}}},)"
    R"("parameters":{"If-None-Match":{"name":"If-None-Match","in":"header",)"
    R"("description":"ETags that the client has: 304 when the view is still one of them.",)"
    R"("required":false,"schema":{"type":"string"}}})";

constexpr std::string_view problem_schema =
    R"("Problem":{"type":"object","properties":{"type":{"type":"string",)"
    R"("description":"urn:nearside:problem: and a stable name."},"title":{"type":"string"},"status":{"type":"integer"},)"
    R"("detail":{"type":"string"},"view":{"type":"string"},"step":{"type":"string","description":"The step that failed."},)"
    R"("upstream_status":{"type":"integer"}},"required":["type","title","status"]})";

// Component names are `[a-zA-Z0-9._-]+`; a view's may have other characters. An escape keeps different names different.
std::string component_name(std::string_view view) {
    std::string name = "view.";
    for (const char letter : view) {
        const bool plain = is_letter(letter) || is_digit(letter) || letter == '-' || letter == '.';
        if (plain) {
            name += letter;
        } else {
            name += fmt::format("_{:02x}", static_cast<unsigned char>(letter));
        }
    }
    return name;
}

class list_writer {
public:
    explicit list_writer(std::string& out) : out_(out) {}
    std::string& next() {
        if (!std::exchange(first_, false)) out_ += ',';
        return out_;
    }

private:
    std::string& out_;
    bool first_ = true;
};

// The text of an input's value, as the JSON of its type.
std::string value_json(const input& of, const std::string& text) {
    return of.type == input_type::text ? json_string(text) : text;
}

std::string input_schema(const input& of) {
    std::string out = R"({"type":)";
    out += of.type == input_type::integer   ? R"("integer")"
           : of.type == input_type::number  ? R"("number")"
           : of.type == input_type::boolean ? R"("boolean")"
                                            : R"("string")";
    if (!of.choices.empty()) {
        out += R"(,"enum":[)";
        list_writer choices(out);
        for (const std::string& each : of.choices)
            choices.next() += value_json(of, each);
        out += ']';
    }
    if (of.min) out += fmt::format(R"(,"minimum":{})", *of.min);
    if (of.max) out += fmt::format(R"(,"maximum":{})", *of.max);
    if (of.default_value) out += R"(,"default":)" + value_json(of, *of.default_value);
    return out + '}';
}

void write_parameter(list_writer& list, std::string_view name, std::string_view in, bool required,
                     std::string_view schema) {
    list.next() +=
        fmt::format(R"({{"name":{},"in":"{}","required":{},"schema":{}}})", json_string(name), in, required, schema);
}

bool is_input(const config::view_settings& of, std::string_view header) {
    return std::any_of(of.headers.begin(), of.headers.end(), [&](const input& each) { return each.source == header; });
}

// What tells who the user is is no parameter in OpenAPI, but a security scheme.
bool is_secret(std::string_view header) {
    return header == "authorization" || header == "cookie";
}

void write_parameters(std::string& out, const openapi_view& view) {
    constexpr std::string_view any_text = R"({"type":"string"})";
    list_writer list(out);
    for (const std::string& name : path_parameters(view.of->path.value))
        write_parameter(list, name, "path", true, any_text);
    for (const input& each : view.of->query)
        write_parameter(list, each.name, "query", each.required, input_schema(each));
    for (const input& each : view.of->headers)
        write_parameter(list, each.source, "header", each.required, input_schema(each));
    for (const std::string& name : view.forwarded) {
        if (!is_secret(name) && !is_input(*view.of, name)) write_parameter(list, name, "header", false, any_text);
    }
    list.next() += R"({"$ref":"#/components/parameters/If-None-Match"})";
}

void write_security(std::string& out, const openapi_view& view) {
    std::string schemes;
    list_writer list(schemes);
    for (const std::string& name : view.forwarded) {
        if (is_secret(name)) list.next() += fmt::format(R"("{}":[])", name);
    }
    // Either: a user who is known by none of them may be allowed, too. That is the upstream's to say.
    if (!schemes.empty()) out += fmt::format(R"(,"security":[{{{}}},{{}}])", schemes);
}

void write_responses(std::string& out, const openapi_view& view) {
    out += R"(,"responses":{"200":{"description":"The view.","headers":{)";
    list_writer fields(out);
    for (const told_field& each : told_fields)
        fields.next() += fmt::format(R"("{0}":{{"$ref":"#/components/headers/{0}"}})", each.name);
    out += fmt::format(R"(}},"content":{{"application/json":{{"schema":{{"$ref":"#/components/schemas/{}"}}}},)"
                       R"("application/x-ndjson":{{"schema":{{"type":"string"}}}}}}}},)",
                       component_name(view.of->name));
    out += R"("304":{"$ref":"#/components/responses/NotModified"})";
    for (const std::string_view status : {"400", "401", "403", "404", "410", "429", "502", "503", "504", "default"})
        out += fmt::format(R"(,"{}":{{"$ref":"#/components/responses/Problem"}})", status);
    out += '}';
}

void write_components(std::string& out, std::span<const openapi_view> views) {
    out += R"(,"components":{"schemas":{)";
    out += problem_schema;
    for (const openapi_view& each : views) {
        out += fmt::format(R"(,"{}":)", component_name(each.of->name));
        out += each.schema.empty() ? R"({"description":"Not known: no schema is declared, and no answer was seen."})"
                                   : each.schema;
    }
    out += R"(},"headers":{)";
    list_writer fields(out);
    for (const told_field& each : told_fields)
        fields.next() += fmt::format(R"("{}":{{"description":"{}","schema":{{"type":"{}"}}}})", each.name,
                                     each.description, each.type);
    out += '}';
    out += components;

    std::string schemes;
    list_writer list(schemes);
    for (const std::string_view secret : {"authorization", "cookie"}) {
        const bool used = std::any_of(views.begin(), views.end(), [&](const openapi_view& each) {
            return std::find(each.forwarded.begin(), each.forwarded.end(), secret) != each.forwarded.end();
        });
        if (used) list.next() += fmt::format(R"("{0}":{{"type":"apiKey","in":"header","name":"{0}"}})", secret);
    }
    if (!schemes.empty()) out += fmt::format(R"(,"securitySchemes":{{{}}})", schemes);
    out += '}';
}

void lead_home(config::node& at, const std::string& home) {
    for (auto& [key, value] : at.members) {
        if (key.text == "$ref" && value.is == config::node::kind::scalar && value.text.starts_with('#'))
            value.text.insert(1, home);
        lead_home(value, home);
    }
    for (config::node& item : at.items)
        lead_home(item, home);
}

}  // namespace

std::string declared_schema(const config::view_settings& of) {
    if (!of.schema) return {};
    config::node schema = *of.schema;
    lead_home(schema, "/components/schemas/" + component_name(of.name));
    return aggregators::literal_json(schema);
}

std::string write_openapi(std::string_view title, std::string_view version, std::span<const openapi_view> views) {
    std::string out =
        fmt::format(R"({{"openapi":"3.1.0","info":{{"title":{},"version":{}}},"servers":[{{"url":"/"}}],"paths":{{)",
                    json_string(title), json_string(version));
    list_writer paths(out);
    for (const openapi_view& each : views) {
        paths.next() += fmt::format(R"({}:{{"get":{{"operationId":{},"parameters":[)", json_string(each.of->path.value),
                                    json_string(each.of->name));
        write_parameters(out, each);
        out += ']';
        write_security(out, each);
        write_responses(out, each);
        out += "}}";
    }
    out += '}';
    write_components(out, views);
    return out + "}\n";
}

}  // namespace nearside::proxy
