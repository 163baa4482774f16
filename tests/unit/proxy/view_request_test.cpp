#include "proxy/view_request.h"

#include <gtest/gtest.h>

namespace nearside::proxy {
namespace {

const std::vector<config::view_settings::query_parameter> declared = {{"page", {}, "1"}, {"status", {}, std::nullopt}};

result<aggregators::view_inputs> read_inputs(std::string_view query) {
    const std::vector<std::string> names = {"id"}, captures = {"7"};
    return read_view_inputs(names, captures, declared, query);
}

using inputs = aggregators::view_inputs;

TEST(view_request, takes_path_parameters_and_defaults) {
    EXPECT_EQ(*read_inputs(""), (inputs{{"id", "7"}, {"page", "1"}}));
}

TEST(view_request, what_is_not_declared_never_reaches_the_plan) {
    EXPECT_EQ(*read_inputs("utm_source=x&page=2&id=9&&=&%zz=1"), (inputs{{"id", "7"}, {"page", "2"}}));
}

TEST(view_request, the_last_of_several_values_counts) {
    EXPECT_EQ(*read_inputs("page=2&page=3"), (inputs{{"id", "7"}, {"page", "3"}}));
}

TEST(view_request, values_and_names_are_decoded_as_forms_write_them) {
    EXPECT_EQ(*read_inputs("st%61tus=not+yet%26"), (inputs{{"id", "7"}, {"page", "1"}, {"status", "not yet&"}}));
    EXPECT_EQ(*read_inputs("status"), (inputs{{"id", "7"}, {"page", "1"}, {"status", ""}}));
}

TEST(view_request, what_cannot_be_decoded_is_refused_by_name) {
    ASSERT_FALSE(read_inputs("status=%f").has_value());
    EXPECT_EQ(read_inputs("status=%f").error().code, errc::invalid_parameter);
    EXPECT_NE(read_inputs("status=%ff").error().detail.find("status"), std::string::npos);
    EXPECT_TRUE(read_inputs("other=%f").has_value());
}

TEST(view_request, names_the_parameters_of_a_path_in_order) {
    EXPECT_EQ(path_parameters("/views/{user}/projects/{id}"), (std::vector<std::string>{"user", "id"}));
    EXPECT_TRUE(path_parameters("/views").empty());
}

}  // namespace
}  // namespace nearside::proxy
