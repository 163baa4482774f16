#include "proxy/admin_call.h"

#include <gtest/gtest.h>

namespace nearside::proxy {
namespace {

using kind = admin_call::kind;

TEST(understand_call, knows_what_each_path_is_and_who_may_call_it) {
    const admin_call invalidate = understand_call("POST", "/invalidate");
    EXPECT_EQ(invalidate.is, kind::invalidate);
    EXPECT_TRUE(invalidate.fits && invalidate.changes);
    EXPECT_EQ(invalidate.role, admin_role::invalidate);
    EXPECT_EQ(understand_call("GET", "/metrics").role, admin_role::read);
    EXPECT_EQ(understand_call("HEAD", "/entries").is, kind::entries);
    EXPECT_EQ(understand_call("POST", "/reload").role, admin_role::operate);
    EXPECT_EQ(understand_call("POST", "/drain").role, admin_role::operate);
}

TEST(understand_call, tells_a_wrong_method_from_a_wrong_path) {
    const admin_call read = understand_call("GET", "/reload");
    EXPECT_EQ(read.is, kind::reload);
    EXPECT_FALSE(read.fits);
    EXPECT_EQ(read.methods, "POST");
    EXPECT_FALSE(understand_call("POST", "/entries").fits);
    for (const std::string_view path : {"/", "/reload/", "/entries/", "/Reload", "/service", "/service//purge",
                                        "/service/x/purges", "/service/x/purge/", "/service/x"})
        EXPECT_EQ(understand_call("POST", path).is, kind::unknown) << path;
}

TEST(understand_call, a_key_or_a_tag_is_the_rest_of_the_path) {
    EXPECT_EQ(understand_call("GET", "/entries/view:a;id=7%2F8").rest, "view:a;id=7%2F8");
    EXPECT_EQ(understand_call("GET", "/entries/route:api;uri=/a/b").rest, "route:api;uri=/a/b");
    const admin_call tag = understand_call("POST", "/service/SU1Z/purge/job:7");
    EXPECT_EQ(tag.is, kind::purge_tag);
    EXPECT_EQ(tag.rest, "job:7");
    EXPECT_EQ(understand_call("POST", "/service/SU1Z/purge").rest, "");
    EXPECT_FALSE(understand_call("GET", "/service/SU1Z/purge/job:7").fits);
}

TEST(understand_call, purge_is_a_path_of_the_public_listener_whatever_it_is) {
    for (const std::string_view path : {"/", "/metrics", "/reload", "/views/7"}) {
        const admin_call purge = understand_call("PURGE", path);
        EXPECT_EQ(purge.is, kind::purge);
        EXPECT_TRUE(purge.fits && purge.changes);
        EXPECT_EQ(purge.role, admin_role::invalidate);
    }
}

}  // namespace
}  // namespace nearside::proxy
