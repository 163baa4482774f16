// Each section of the configuration -> its part of `settings`, looked at by itself; what depends on other sections is
// check_settings.h's. Pure but for reading the PEM files that `tls` names; one thread.
#pragma once

#include "config/complain.h"
#include "config/files.h"
#include "config/settings.h"

#include <optional>
#include <string>
#include <string_view>

namespace nearside::config {

class reader;

struct section_context {
    complaint_list& out;
    const file_source& files;
};

void read_server(const member& section, server_settings& into, const section_context& context);
void read_admin(const member& section, admin_settings& into, const section_context& context);
void read_log(const member& section, log_settings& into, const section_context& context);
void read_cache(const member& section, cache_settings& into, const section_context& context);
// A URL, or a mapping with one; nullopt where there is no usable one.
std::optional<redis_settings> read_redis(const node& value, const section_context& context);
void read_limits(const member& section, plan_limits& into, const section_context& context);
void read_webhook(const node& item, std::vector<webhook_settings>& into, const section_context& context);
void read_streams(const member& section, stream_settings& into, const section_context& context);
// The items of `upstreams`, `routes` and `views`; nullopt where one is no mapping. What can't be read of one is marked
// faulty, so that the rest is looked at without complaints about what only follows from that. An upstream is never left
// out: others refer to it by name.
upstream_settings read_upstream(const member& item, const section_context& context);
std::optional<route_settings> read_route(const node& item, const section_context& context);
// Parts of a route.
void read_negative(const node& section, std::vector<negative_settings>& into, const section_context& context);
void read_route_key(const node& section, route_key_settings& into, const section_context& context);
void read_bypass(const node& section, bypass_settings& into, const section_context& context);
// Tags with references, as text: who knows what they may name understands them.
std::vector<located<std::string>> read_templates(reader& keys, std::string_view key, std::string_view where,
                                                 std::string_view example);
std::optional<view_settings> read_view(const member& item, const section_context& context);
step_settings read_step(const member& item, const section_context& context);
// `warm` of a view, whose name `where` tells people.
void read_warm(const node& list, const std::string& where, view_settings& into, const section_context& context);

// `tls` of a listener, whose name `where` tells people. Left alone where it is absent or half of it is missing.
void read_tls(reader& listener, const std::string& where, std::optional<tls_files>& into,
              const section_context& context);

// A PEM file named by `named`, found beside the file that names it: its path, after looking inside for `marker`.
// Complaints go to the place of the name.
std::string check_pem(const located<std::string>& named, std::string_view marker, const section_context& context);

}  // namespace nearside::config
