// Configurations of several files, on a disk.
#include "support.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>

namespace nearside::config {
namespace {

using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class included_files : public ::testing::Test {
protected:
    included_files() {
        const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
        folder_ = std::filesystem::path(::testing::TempDir()) /
                  ("nearside_include_" + std::string(test->name()) + "_" + std::to_string(::getpid()));
        std::filesystem::create_directories(folder_);
    }
    ~included_files() override { std::filesystem::remove_all(folder_); }

    void write(const std::string& name, const std::string& text) const {
        const std::filesystem::path path = folder_ / name;
        std::filesystem::create_directories(path.parent_path());
        std::ofstream(path) << text;
    }

    load_outcome loaded(const std::string& name = "main.yaml") const {
        return load((folder_ / name).string(), environment_of({{"PART", "part"}}));
    }

    // Complaints with the folder left out.
    std::vector<std::string> told(const std::string& name = "main.yaml") const {
        std::vector<std::string> lines = lines_of(loaded(name).complaints);
        const std::string prefix = folder_.string() + "/";
        for (std::string& line : lines) {
            for (auto at = line.find(prefix); at != std::string::npos; at = line.find(prefix))
                line.erase(at, prefix.size());
        }
        return lines;
    }

    std::filesystem::path folder_;
};

TEST_F(included_files, that_are_no_configuration_are_not_quoted) {
    write("main.yaml", "include: [passwd, key.pem, log, env, half]\nupstreams: {a: {url: http://a}}\n");
    write("passwd", "root:x:0:0:root:/root:/bin/bash\n");
    write("key.pem", "-----BEGIN SECRET KEY-----\nSECRET\n-----END SECRET KEY-----\n");
    write("log", "user SECRET: in\nuser SECRET: out\n");
    write("env", "SECRET: ${SECRET}\nother: *SECRET\n");
    write("half", "SECRET: [\n");
    const std::vector<std::string> lines = told();
    EXPECT_EQ(lines.size(), 5U);
    for (const std::string& line : lines) {
        EXPECT_THAT(line, HasSubstr("this included file is no part of a configuration"));
        EXPECT_THAT(line, Not(AnyOf(HasSubstr("SECRET"), HasSubstr("root"))));
    }
}

TEST_F(included_files, with_a_misspelt_section_are_told_which) {
    write("main.yaml", "include: [more.yaml]\nupstreams: {a: {url: http://a}}\n");
    write("more.yaml", "veiws: {}\n");
    EXPECT_THAT(told(), ElementsAre("more.yaml:1:1: unknown section `veiws`; did you mean `views`?"));
}

TEST_F(included_files, are_merged_in_the_order_in_which_they_are_named) {
    write("main.yaml",
          "include: [parts/views.yaml, \"parts/${PART}-*.yaml\"]\n"
          "upstreams: {a: {url: http://a}}\nroutes: [{path: /one, upstream: a}]\n");
    write("parts/views.yaml", "views: {v: {path: /v, upstream: a, steps: {s: {get: /}}}}\n");
    write("parts/part-2.yaml", "routes: [{path: /three, upstream: b}]\n");
    write("parts/part-1.yaml",
          "upstreams: {b: {url: http://b}}\nroutes: [{path: /two, upstream: b}]\nlog: {level: debug}\n");
    write("parts/other.yaml", "broken: [\n");
    const load_outcome all = loaded();
    EXPECT_THAT(told(), IsEmpty());
    ASSERT_EQ(all.value.upstreams.size(), 2U);
    EXPECT_EQ(all.value.upstreams[1].name, "b");
    ASSERT_EQ(all.value.routes.size(), 3U);
    EXPECT_EQ(all.value.routes[1].path.value, "/two");
    EXPECT_EQ(all.value.routes[2].path.value, "/three");
    EXPECT_EQ(all.value.views.at(0).at.to_string(), (folder_ / "parts/views.yaml").string() + ":1:9");
    EXPECT_EQ(all.value.log.level, log_level::debug);
}

TEST_F(included_files, are_found_beside_the_file_that_names_them) {
    write("main.yaml", "include: sub/a.yaml\nupstreams: {a: {url: http://a}}\n");
    write("sub/a.yaml", "include: b.yaml\n");
    write("sub/b.yaml", "include: ../c.yaml\n");
    write("c.yaml", "log: {level: error}\n");
    EXPECT_THAT(told(), IsEmpty());
    EXPECT_EQ(loaded().value.log.level, log_level::error);
}

TEST_F(included_files, cannot_give_one_name_twice) {
    write("main.yaml",
          "include: a.yaml\nupstreams:\n  x: {url: http://a}\nviews:\n  v: {path: /v, steps: {s: {get: /}}}\nlog: "
          "{level: info}\n");
    write("a.yaml",
          "upstreams:\n  x: {url: http://b}\nviews:\n  v: {path: /w, steps: {s: {get: /}}}\nlog: {format: json}\n");
    EXPECT_THAT(told(),
                ElementsAre("a.yaml:2:3: `x` is given twice, first at main.yaml:3:3; rename one of the two",
                            "a.yaml:4:3: `v` is given twice, first at main.yaml:5:3; rename one of the two",
                            "a.yaml:5:1: `log` is given twice, first at main.yaml:6:1; keep the whole section in "
                            "one file"));
}

TEST_F(included_files, that_form_a_circle_are_refused) {
    write("main.yaml", "include: a.yaml\n");
    write("a.yaml", "include: [b.yaml]\n");
    write("b.yaml", "log: {level: info}\ninclude: ./a.yaml\n");
    EXPECT_THAT(told(), ElementsAre("b.yaml:2:10: `a.yaml` would include itself; break the circle"));
    write("self.yaml", "include: ../" + folder_.filename().string() + "/self.yaml\n");
    EXPECT_THAT(lines_of(loaded("self.yaml").complaints), ElementsAre(HasSubstr("would include itself")));
}

TEST_F(included_files, are_included_once) {
    write("main.yaml", "include: [a.yaml, b.yaml, a.yaml]\n");
    write("a.yaml", "log: {level: info}\n");
    write("b.yaml", "x-nothing: 1\n");
    EXPECT_THAT(told(), ElementsAre("main.yaml:1:27: `a.yaml` is included already; include each file once"));
}

TEST_F(included_files, may_be_only_so_deep) {
    for (int at = 0; at < 20; ++at) {
        write("f" + std::to_string(at) + ".yaml", "include: f" + std::to_string(at + 1) + ".yaml\n");
    }
    EXPECT_THAT(
        told("f0.yaml"),
        ElementsAre("f15.yaml:1:10: too many includes: at most 16 deep and 256 files; merge some of the files"));
}

TEST_F(included_files, are_read_on_after_one_that_is_broken) {
    write("main.yaml", "include: [missing.yaml, broken.yaml, good.yaml]\nlog: {level: [\n");
    write("broken.yaml", "views:\n  v: {path: /v\n");
    write("good.yaml", "log: {level: loud}\nroutes: [{path: /x, upstream: elsewhere}]\n");
    // Whether there is an upstream called `elsewhere` cannot be known.
    EXPECT_THAT(told(), ElementsAre(HasSubstr("broken.yaml:3:1: not YAML: end of map flow not found"),
                                    HasSubstr("good.yaml:1:14: `loud` is no `level` of `log`"),
                                    HasSubstr("main.yaml:1:11: cannot read `missing.yaml`: no such file"),
                                    HasSubstr("main.yaml:3:1: not YAML: end of sequence flow not found")));
}

TEST_F(included_files, a_pattern_may_match_nothing) {
    write("main.yaml", "include: conf.d/*.yaml\nlog: {level: info}\n");
    EXPECT_THAT(told(), IsEmpty());
}

TEST_F(included_files, a_folder_is_no_file) {
    write("main.yaml", "include: sub\n");
    write("sub/x", "");
    EXPECT_THAT(told(), ElementsAre("main.yaml:1:10: cannot read `sub`: Is a directory; check the path"));
}

TEST_F(included_files, a_missing_first_file_is_told_as_well) {
    EXPECT_THAT(told("none.yaml"), ElementsAre("none.yaml:1:1: cannot read `none.yaml`: no such file; check the path"));
}

TEST_F(included_files, certificates_are_found_beside_the_file_and_looked_into) {
    write("main.yaml",
          "server: {tls: {certificate: tls/a.crt, key: tls/a.key}}\n"
          "upstreams: {a: {url: https://a, tls: {ca: tls/a.key}}}\n");
    write("tls/a.crt", "-----BEGIN CERTIFICATE-----\n");
    write("tls/a.key", "-----BEGIN EC PRIVATE KEY-----\n");
    EXPECT_THAT(told(), ElementsAre("main.yaml:2:43: `tls/a.key` holds no `BEGIN CERTIFICATE`; give the path of a PEM "
                                    "file that does"));
    ASSERT_TRUE(loaded().value.server.tls.has_value());
    EXPECT_EQ(loaded().value.server.tls->certificate, (folder_ / "tls/a.crt").string());
}

}  // namespace
}  // namespace nearside::config
