#include "proxy/admin_access.h"

#include "core/ascii.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>
#include <utility>

namespace nearside::proxy {

std::string_view to_string(admin_role role) noexcept {
    switch (role) {
        case admin_role::read:
            return "read";
        case admin_role::invalidate:
            return "invalidate";
        case admin_role::operate:
            return "operate";
    }
    return "read";
}

admin_access::admin_access(const std::vector<config::admin_token>& tokens, std::uint32_t calls_a_second,
                           steady_time now)
    : calls_a_second_(calls_a_second), nobodys_(calls_a_second, now) {
    replace(tokens, calls_a_second, now);
}

admin_access::digest admin_access::digest_of(std::string_view secret) noexcept {
    static_assert(digest_bytes == SHA256_DIGEST_LENGTH);
    digest made{};
    SHA256(reinterpret_cast<const unsigned char*>(secret.data()), secret.size(), made.data());
    return made;
}

void admin_access::replace(const std::vector<config::admin_token>& tokens, std::uint32_t calls_a_second,
                           steady_time now) {
    std::vector<caller> callers;
    for (const config::admin_token& token : tokens) {
        if (token.token.empty()) continue;
        callers.push_back({token.name,
                           digest_of(token.token),
                           {token.reads, token.invalidates, token.operates},
                           token_bucket(calls_a_second, now)});
    }
    const std::lock_guard lock(mutex_);
    if (calls_a_second == calls_a_second_) {
        for (caller& each : callers) {
            const auto before = std::find_if(callers_.begin(), callers_.end(),
                                             [&](const caller& other) { return other.name == each.name; });
            if (before != callers_.end()) each.calls = before->calls;
        }
    } else {
        calls_a_second_ = calls_a_second;
        nobodys_ = token_bucket(calls_a_second, now);
    }
    callers_ = std::move(callers);
}

admin_verdict admin_access::judge(std::string_view secret, admin_role wanted, counting how, steady_time now) {
    using answer = admin_verdict::answer;
    constexpr std::chrono::seconds soon{1};  // the bucket of a second is never empty for longer
    const digest shown = digest_of(secret);
    const std::lock_guard lock(mutex_);
    caller* found = nullptr;
    for (caller& each : callers_) {
        if (CRYPTO_memcmp(each.secret.data(), shown.data(), shown.size()) == 0) found = &each;
    }
    if (found == nullptr || secret.empty()) {
        if (nobodys_.take(now)) return {answer::unknown, {}};
        return {answer::too_many, {}, soon};
    }
    if (how == counting::counted && !found->calls.take(now)) return {answer::too_many, found->name, soon};
    return {found->may.at(static_cast<std::size_t>(wanted)) ? answer::welcome : answer::forbidden, found->name};
}

std::string_view bearer_of(const header_fields& request) noexcept {
    constexpr std::string_view scheme = "bearer ";
    const std::string_view given = request.find("authorization").value_or(std::string_view{});
    if (given.size() <= scheme.size() || !iequals(given.substr(0, scheme.size()), scheme)) return {};
    return trimmed(given.substr(scheme.size()));  // one space or more (RFC 9110 11.4)
}

}  // namespace nearside::proxy
