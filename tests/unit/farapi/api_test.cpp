#include "loadtest/farapi/api.h"

#include "loadtest/farapi/metrics.h"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

namespace nearside::farapi {
namespace {

class Api : public ::testing::Test {
protected:
    reply ask(std::string method, std::string target, std::string body = "", std::string token = "minji-token") {
        request asked;
        asked.head.method = std::move(method);
        asked.head.target = std::move(target);
        asked.head.fields.append("Host", "api.example.nl");
        if (!token.empty()) asked.head.fields.append("Authorization", "Token " + token);
        asked.body = std::move(body);
        return rest.answer(asked, world::epoch);
    }
    boost::json::object document(const reply& answer) { return boost::json::parse(answer.body).as_object(); }

    world story{{}};
    api rest{story, {}};
};

TEST_F(Api, AsksForAToken) {
    const auto without = ask("GET", "/api/users/1/", "", "");
    EXPECT_EQ(without.status, 401);
    EXPECT_EQ(without.fields.find("WWW-Authenticate"), "Token");
    EXPECT_EQ(ask("GET", "/api/users/1/", "", "nobody-token").status, 401);
    EXPECT_EQ(ask("GET", "/api/users/1/").status, 200);
}

TEST_F(Api, HidesTheProjectsOfOthersAsIfTheyWereNot) {
    const auto mine = story.visible_projects({.user_id = 1}, std::nullopt);
    for (record_id id = 101; id <= 140; ++id) {
        const bool visible = std::find(mine.begin(), mine.end(), id) != mine.end();
        EXPECT_EQ(ask("GET", "/api/projects/" + std::to_string(id) + "/").status, visible ? 200 : 404) << id;
    }
    EXPECT_EQ(ask("GET", "/api/projects/102/", "", "staff-token").status, 200);
}

TEST_F(Api, LeadsFromAUserToTheMetricsOfTheirNewestJob) {
    auto projects = document(ask("GET", "/api/projects/?owner=1"));
    auto project = projects["results"].as_array()[0].as_object()["id"].as_int64();
    auto jobs = document(ask("GET", "/api/jobs/?project=" + std::to_string(project) + "&page_size=2"));
    ASSERT_EQ(jobs["results"].as_array().size(), 2u);
    auto job = jobs["results"].as_array()[0].as_object()["id"].as_int64();
    auto metrics = document(ask("GET", "/api/jobs/" + std::to_string(job) + "/metrics/?points=7"));
    EXPECT_EQ(metrics["points"].as_array().size(), 7u);
}

TEST_F(Api, LeadsFromAnArtifactToWhatItWasDerivedFrom) {
    const std::string first = "/api/artifacts/" + std::to_string(world::first_artifact) + "/";
    auto before = document(ask("GET", first));
    EXPECT_EQ(before["derived_from"], world::first_artifact + 1);
    EXPECT_EQ(before["files"].as_array().size(), 40u);
    EXPECT_EQ(document(ask("GET", first + "?files=3"))["files"].as_array().size(), 3u);
    EXPECT_EQ(ask("GET", first + "?files=many").status, 400);
    EXPECT_EQ(ask("PATCH", first, R"({"derived_from": 500000900})").status, 200);
    EXPECT_EQ(ask("PATCH", first, R"({"name": "corpus"})").status, 200);
    auto after = document(ask("GET", first));
    EXPECT_EQ(after["derived_from"], 500000900);
    EXPECT_EQ(after["name"], "corpus");
    EXPECT_EQ(after["files"], before["files"]);
    EXPECT_EQ(ask("PATCH", first, R"({"colour": 1})").status, 400);
    EXPECT_EQ(ask("DELETE", first).status, 405);
    EXPECT_EQ(ask("GET", "/api/artifacts/").status, 404);
    EXPECT_EQ(ask("GET", "/api/artifacts/7/").status, 404);
}

TEST_F(Api, ALineageEnds) {
    const auto last = world::first_artifact + world::longest_lineage - 1;
    EXPECT_TRUE(document(ask("GET", "/api/artifacts/" + std::to_string(last) + "/"))["derived_from"].is_null());
}

TEST_F(Api, LinksPagesAbsolutely) {
    auto second = document(ask("GET", "/api/jobs/?project=101&page=2&page_size=10"));
    EXPECT_EQ(second["next"], "http://api.example.nl/api/jobs/?page=3&page_size=10&project=101");
    EXPECT_EQ(second["previous"], "http://api.example.nl/api/jobs/?page_size=10&project=101");
    auto last = document(ask("GET", "/api/jobs/?project=101&page=last&page_size=10"));
    EXPECT_TRUE(last["next"].is_null());
    EXPECT_EQ(ask("GET", "/api/jobs/?project=101&page=999").status, 404);
}

TEST_F(Api, RefusesParametersThatAreNoNumbers) {
    EXPECT_EQ(ask("GET", "/api/jobs/?project=x").status, 400);
    EXPECT_EQ(ask("GET", "/api/projects/?owner=1x").status, 400);
    EXPECT_EQ(ask("GET", "/api/jobs/10001/metrics/?points=-1").status, 400);
}

TEST_F(Api, RedirectsAReadWithoutItsSlash) {
    const auto answer = ask("GET", "/api/jobs?project=101");
    EXPECT_EQ(answer.status, 301);
    EXPECT_EQ(answer.fields.find("Location"), "/api/jobs/?project=101");
}

TEST_F(Api, CreatesRenamesAndStops) {
    const auto created = ask("POST", "/api/jobs/", R"({"project":101,"name":"mine"})");
    ASSERT_EQ(created.status, 201);
    const auto id = std::to_string(document(created)["id"].as_int64());
    EXPECT_EQ(created.fields.find("Location"), "http://api.example.nl/api/jobs/" + id + "/");
    EXPECT_EQ(document(ask("PATCH", "/api/jobs/" + id + "/", R"({"name":"yours"})"))["name"], "yours");
    EXPECT_EQ(document(ask("POST", "/api/jobs/" + id + "/stop/"))["status"], "stopped");
    EXPECT_EQ(ask("POST", "/api/jobs/" + id + "/stop/").status, 409);
    EXPECT_EQ(ask("POST", "/api/jobs/", R"({"project":102,"name":"theirs"})").status, 400);
    EXPECT_EQ(ask("POST", "/api/jobs/", "{").status, 400);
    EXPECT_EQ(ask("DELETE", "/api/jobs/" + id + "/").status, 405);
}

TEST_F(Api, PutsOffABodyOfTensOfMegabytes) {
    const auto answer = ask("GET", "/api/jobs/10001/metrics/?points=1000000");
    ASSERT_TRUE(answer.large);
    EXPECT_FALSE(answer.etag.empty());
    const auto body = answer.large();
    EXPECT_GT(body.size(), 50'000'000u);
    EXPECT_NEAR(static_cast<double>(body.size()), static_cast<double>(metrics_bytes(1'000'000)), 2e6);
}

}  // namespace
}  // namespace nearside::farapi
