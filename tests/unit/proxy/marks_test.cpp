#include "proxy/marks.h"

#include "config/load.h"
#include "proxy/site.h"

#include <gtest/gtest.h>

#include <string>

namespace nearside::proxy {
namespace {

// A file of one view and one route, with something put into each of its parts.
struct file {
    std::string upstream = "url: http://a";
    std::string view = "path: \"/views/{id}\", fresh: 5s, steps: {s: {get: \"/a/{id}\"}}, out: {s: s}";
    std::string route = "path: /api/**, fresh: 2s";
    std::string more;

    config::settings settings() const {
        const std::string text = "upstreams: {api: {" + upstream + "}}\nroutes:\n  - {" + route +
                                 "}\nviews: {board: {" + view + "}}\n" + more;
        config::load_outcome loaded = config::load_text("f", text, [](std::string_view) { return std::nullopt; });
        EXPECT_TRUE(loaded.complaints.empty()) << loaded.complaints.front().to_string() << "\n" << text;
        return std::move(loaded.value);
    }
    std::string mark_of_view() const {
        const config::settings all = settings();
        return mark_of(all.views.front(), {"api"}, all);
    }
    std::string mark_of_route() const {
        const config::settings all = settings();
        return mark_of(all.routes.front(), all);
    }
};

TEST(marks, of_what_is_written_the_same_are_the_same_wherever_it_stands) {
    file lower;
    lower.view = "\n  path: \"/views/{id}\",\n   fresh: 5s, steps: {s: {get: \"/a/{id}\"}}, out: {s: s}";
    EXPECT_EQ(lower.mark_of_view(), file().mark_of_view());
    EXPECT_EQ(lower.mark_of_route(), file().mark_of_route());
    EXPECT_FALSE(file().mark_of_view().empty());
    EXPECT_NE(file().mark_of_view(), file().mark_of_route());
}

TEST(marks, of_a_view_change_with_whatever_shapes_it) {
    const std::string first = file().mark_of_view();
    for (const char* view : {"path: \"/views/{id}\", fresh: 6s, steps: {s: {get: \"/a/{id}\"}}, out: {s: s}",
                             "path: \"/views/{id}\", fresh: 5s, steps: {s: {get: \"/b/{id}\"}}, out: {s: s}",
                             "path: \"/views/{id}\", fresh: 5s, steps: {s: {get: \"/a/{id}\"}}, out: {t: s}",
                             "path: \"/views/{id}\", fresh: 5s, steps: {s: {get: \"/a/{id}\"}}",
                             "path: \"/views/{id}\", fresh: 5s, steps: {s: {get: \"/a/{id}\", optional: true}}, "
                             "out: {s: s}",
                             "path: \"/views/{id}\", fresh: 5s, query: {page: 1}, steps: {s: {get: \"/a/{id}\"}}, "
                             "out: {s: s}",
                             "path: \"/views/{id}\", fresh: 5s, tags: [\"t:{id}\"], steps: {s: {get: \"/a/{id}\"}}, "
                             "out: {s: s}"}) {
        file changed;
        changed.view = view;
        EXPECT_NE(changed.mark_of_view(), first) << view;
        EXPECT_EQ(changed.mark_of_route(), file().mark_of_route()) << view;
    }
}

TEST(marks, of_a_view_stay_with_what_only_says_when_it_is_renewed) {
    file warm;
    warm.view += ", refresh: {while_used_within: 10m}, warm: [{id: 7}]";
    EXPECT_EQ(warm.mark_of_view(), file().mark_of_view());
    file elsewhere;
    elsewhere.more = "log: {level: debug}\nlimits: {calls: 500}\n";
    EXPECT_EQ(elsewhere.mark_of_view(), file().mark_of_view());
}

TEST(marks, change_with_who_answers_and_what_it_is_sent_but_not_with_how_it_is_called) {
    for (const char* upstream : {"url: http://b", "url: https://a", "url: http://a:81", "url: http://a/v2",
                                 "url: http://a, forward: [accept-language]"}) {
        file changed;
        changed.upstream = upstream;
        EXPECT_NE(changed.mark_of_view(), file().mark_of_view()) << upstream;
        EXPECT_NE(changed.mark_of_route(), file().mark_of_route()) << upstream;
    }
    file patient;
    patient.upstream = "url: http://a, timeout: {total: 7s}, connections: {warm: 1}";
    EXPECT_EQ(patient.mark_of_view(), file().mark_of_view());
    EXPECT_EQ(patient.mark_of_route(), file().mark_of_route());
}

TEST(marks, of_a_route_change_with_how_its_answers_are_stored) {
    for (const char* route : {"path: /api/*, fresh: 2s", "path: /api/**, fresh: 3s", "path: /api/**, stale: 2s",
                              "path: /api/**, fresh: 2s, tags: [a]", "path: /api/**, fresh: 2s, negative: {404: 1s}",
                              "path: /api/**, fresh: 2s, key: {query: none}"}) {
        file changed;
        changed.route = route;
        EXPECT_NE(changed.mark_of_route(), file().mark_of_route()) << route;
        EXPECT_EQ(changed.mark_of_view(), file().mark_of_view()) << route;
    }
    file bypassed;
    bypassed.route += ", bypass: {headers: [x-preview]}, invalidates: [a]";
    EXPECT_EQ(bypassed.mark_of_route(), file().mark_of_route());
}

TEST(marks, an_upstream_is_the_same_only_to_the_last_setting) {
    const auto of = [](const char* upstream) {
        file made;
        made.upstream = upstream;
        return made.settings().upstreams.front();
    };
    EXPECT_TRUE(is_same(of("url: http://a"), of("\n   url: http://a")));
    for (const char* other : {"url: http://b", "url: http://a, timeout: {connect: 1s}", "url: http://a, retries: 0",
                              "url: http://a, connections: {max: 3}", "url: http://a, connections: {keep_alive: 7s}",
                              "url: http://a, circuit: {failures: 3}", "url: http://a, max_response: 1MiB",
                              "url: http://a, forward: [x-tenant]"})
        EXPECT_FALSE(is_same(of("url: http://a"), of(other))) << other;
}

}  // namespace
}  // namespace nearside::proxy
