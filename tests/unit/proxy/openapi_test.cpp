#include "proxy/openapi.h"

#include "config/load.h"

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace nearside::proxy {
namespace {

namespace json = boost::json;

config::settings settings_with_views(const std::string& views) {
    config::load_outcome loaded =
        config::load_text("nearside.yaml", "upstreams: {api: {url: http://api, forward: [authorization]}}\n" + views,
                          [](std::string_view) { return std::nullopt; });
    for (const config::complaint& each : loaded.complaints)
        ADD_FAILURE() << each.to_string();
    return std::move(loaded.value);
}

json::value document_of(const config::settings& settings, std::vector<std::string> forwarded = {},
                        const std::string& schema = {}) {
    std::vector<openapi_view> views;
    for (const config::view_settings& each : settings.views)
        views.push_back({&each, forwarded, schema.empty() ? declared_schema(each) : schema});
    return json::parse(write_openapi("edge", "1.2.3", views));
}

const json::value& at(const json::value& from, std::string_view pointer) {
    return from.at_pointer(pointer);
}

TEST(openapi, tells_who_it_is_about) {
    const json::value told = document_of(settings_with_views(""));
    EXPECT_EQ(at(told, "/openapi"), "3.1.0");
    EXPECT_EQ(at(told, "/info/title"), "edge");
    EXPECT_EQ(at(told, "/info/version"), "1.2.3");
    EXPECT_TRUE(at(told, "/paths").as_object().empty());
}

TEST(openapi, a_view_is_a_path_with_its_parameters) {
    const json::value told = document_of(settings_with_views(R"(
views:
  board:
    path: /views/{org}/{id}
    query:
      page: {type: integer, default: 2, min: 1, max: 9}
      status: {enum: [running, failed]}
      full: {type: boolean}
      since: {required: true}
      sort: up
    headers: {locale: {header: X-Locale, default: en}}
    steps: {a: {get: "/{org}/{id}?p={page}&s={status}&f={full}&i={since}&o={sort}&l={locale}"}}
)"),
                                         {"accept-language", "authorization", "x-locale"});
    const json::value& get = at(told, "/paths/~1views~1{org}~1{id}/get");
    EXPECT_EQ(get.at("operationId"), "board");
    EXPECT_EQ(get.at("parameters"), json::parse(R"([
        {"name": "org", "in": "path", "required": true, "schema": {"type": "string"}},
        {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}},
        {"name": "page", "in": "query", "required": false,
         "schema": {"type": "integer", "minimum": 1, "maximum": 9, "default": 2}},
        {"name": "status", "in": "query", "required": false,
         "schema": {"type": "string", "enum": ["running", "failed"]}},
        {"name": "full", "in": "query", "required": false, "schema": {"type": "boolean"}},
        {"name": "since", "in": "query", "required": true, "schema": {"type": "string"}},
        {"name": "sort", "in": "query", "required": false, "schema": {"type": "string", "default": "up"}},
        {"name": "x-locale", "in": "header", "required": false, "schema": {"type": "string", "default": "en"}},
        {"name": "accept-language", "in": "header", "required": false, "schema": {"type": "string"}},
        {"$ref": "#/components/parameters/If-None-Match"}])"));
    EXPECT_EQ(get.at("security"), json::parse(R"([{"authorization": []}, {}])"));
    EXPECT_EQ(at(told, "/components/securitySchemes/authorization/name"), "authorization");
}

TEST(openapi, every_reference_leads_somewhere) {
    const json::value told = document_of(settings_with_views(R"(
views:
  a: {path: /a, steps: {a: {get: /a}}}
  b*c: {path: /b, steps: {a: {get: /a}}, schema: {$ref: "#/$defs/x", $defs: {x: {items: {$ref: "#"}}}}}
)"));
    const auto walk = [&](const auto& self, const json::value& value) -> void {
        if (value.is_array()) {
            for (const json::value& each : value.as_array())
                self(self, each);
        } else if (value.is_object()) {
            for (const auto& [name, inner] : value.as_object()) {
                if (name == "$ref") {
                    boost::system::error_code missing;
                    told.find_pointer(std::string_view(inner.as_string()).substr(1), missing);
                    EXPECT_FALSE(missing) << inner;
                }
                self(self, inner);
            }
        }
    };
    walk(walk, told);
    EXPECT_EQ(at(told, "/components/schemas/view.b_2ac/$ref"), "#/components/schemas/view.b_2ac/$defs/x");
}

TEST(openapi, tells_the_schema_that_is_known) {
    const config::settings settings = settings_with_views("views: {board: {path: /b, steps: {a: {get: /a}}}}");
    const json::value told = document_of(settings, {}, R"({"type":"array"})");
    EXPECT_EQ(at(told, "/components/schemas/view.board"), json::parse(R"({"type":"array"})"));
    EXPECT_EQ(at(told, "/paths/~1b/get/responses/200/content/application~1json/schema/$ref"),
              "#/components/schemas/view.board");
    // Before anything is known: anything.
    EXPECT_FALSE(at(document_of(settings), "/components/schemas/view.board").as_object().contains("type"));
}

TEST(openapi, tells_what_else_may_be_answered) {
    const json::value told = document_of(settings_with_views("views: {board: {path: /b, steps: {a: {get: /a}}}}"));
    const json::object& responses = at(told, "/paths/~1b/get/responses").as_object();
    EXPECT_TRUE(responses.contains("304"));
    EXPECT_EQ(responses.at("default").at("$ref"), "#/components/responses/Problem");
    EXPECT_TRUE(at(told, "/components/responses/Problem/content").as_object().contains("application/problem+json"));
    EXPECT_TRUE(responses.at("200").at("headers").as_object().contains("ETag"));
}

TEST(openapi, a_declared_schema_is_told_as_it_is) {
    const config::settings settings = settings_with_views(
        "views: {board: {path: /b, steps: {a: {get: /a}}, schema: {type: object, required: ['1'], properties: {n: {"
        "type: [integer, 'null'], minimum: 0.50, const: '5'}}}}}");
    EXPECT_EQ(
        declared_schema(settings.views.front()),
        R"({"type":"object","required":["1"],"properties":{"n":{"type":["integer","null"],"minimum":0.50,"const":"5"}}})");
}

}  // namespace
}  // namespace nearside::proxy
