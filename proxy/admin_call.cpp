#include "proxy/admin_call.h"

#include <array>

namespace nearside::proxy {

namespace {

using kind = admin_call::kind;

struct place {
    std::string_view path;
    kind is;
    std::string_view methods;
    std::string_view name;
    admin_role role;
    bool changes;
};

constexpr std::string_view reading = "GET, HEAD";
constexpr std::array<place, 7> places = {{
    {"/healthz", kind::alive, reading, "GET /healthz", admin_role::read, false},
    {"/readyz", kind::ready, reading, "GET /readyz", admin_role::read, false},
    {"/metrics", kind::metrics, reading, "GET /metrics", admin_role::read, false},
    {"/entries", kind::entries, reading, "GET /entries", admin_role::read, false},
    {"/invalidate", kind::invalidate, "POST", "POST /invalidate", admin_role::invalidate, true},
    {"/reload", kind::reload, "POST", "POST /reload", admin_role::operate, true},
    {"/drain", kind::drain, "POST", "POST /drain", admin_role::operate, true},
}};
constexpr place one_entry = {"/entries/", kind::entry, reading, "GET /entries/KEY", admin_role::read, false};
constexpr place by_path = {"", kind::purge, "PURGE", "PURGE", admin_role::invalidate, true};
constexpr place by_tag = {"", kind::purge_tag, "POST", "POST /service/ID/purge", admin_role::invalidate, true};

admin_call call_of(const place& found, std::string_view method, std::string_view rest = {}) noexcept {
    const bool fits = method == found.methods || (found.methods == reading && (method == "GET" || method == "HEAD"));
    return {found.is, fits, found.methods, found.name, rest, found.role, found.changes};
}

// `/service/ID/purge` and `/service/ID/purge/TAG`. Nothing after the last slash is no tag.
bool is_service_purge(std::string_view path, std::string_view& tag) noexcept {
    constexpr std::string_view before = "/service/", word = "/purge";
    if (!path.starts_with(before)) return false;
    const std::size_t after_id = path.find('/', before.size());
    if (after_id == std::string_view::npos || after_id == before.size()) return false;
    std::string_view rest = path.substr(after_id);
    if (!rest.starts_with(word)) return false;
    rest.remove_prefix(word.size());
    if (!rest.empty() && (rest.front() != '/' || rest.size() == 1)) return false;
    tag = rest.empty() ? rest : rest.substr(1);
    return true;
}

}  // namespace

admin_call understand_call(std::string_view method, std::string_view path) noexcept {
    if (method == "PURGE") return call_of(by_path, method, path);
    for (const place& each : places) {
        if (each.path == path) return call_of(each, method);
    }
    if (path.starts_with(one_entry.path) && path.size() > one_entry.path.size()) {
        return call_of(one_entry, method, path.substr(one_entry.path.size()));
    }
    std::string_view tag;
    if (is_service_purge(path, tag)) return call_of(by_tag, method, tag);
    return {};
}

}  // namespace nearside::proxy
