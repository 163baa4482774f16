// Who calls the admin listener, and may they: tokens, roles, and how many calls a second each makes.
// Built and owned by main. Any thread; a mutex is held for one look.
#pragma once

#include "config/settings.h"
#include "core/clock.h"
#include "core/http_message.h"
#include "proxy/token_bucket.h"

#include <array>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace nearside::proxy {

enum class admin_role : std::uint8_t { read, invalidate, operate };
std::string_view to_string(admin_role role) noexcept;

struct admin_verdict {
    enum class answer : std::uint8_t {
        welcome,
        unknown,    // no token, or not one of these: 401
        forbidden,  // a token for other calls: 403
        too_many,   // 429
    };

    answer is = answer::unknown;
    std::string who;                      // the token's name; empty: nobody's
    std::chrono::seconds retry_after{0};  // of too_many
};

class admin_access {
public:
    admin_access(const std::vector<config::admin_token>& tokens, std::uint32_t calls_a_second, steady_time now);

    enum class counting : std::uint8_t { counted, uncounted };
    // What is refused for its token counts as a call of nobody, who has as many a second as each token. It takes the
    // same time wherever a wrong secret differs, and whichever token a right one is.
    admin_verdict judge(std::string_view secret, admin_role wanted, counting how, steady_time now);

    // From now on these. Tokens whose name stays have no new calls by it.
    void replace(const std::vector<config::admin_token>& tokens, std::uint32_t calls_a_second, steady_time now);

private:
    static constexpr std::size_t digest_bytes = 32;
    using digest = std::array<unsigned char, digest_bytes>;

    struct caller {
        std::string name;
        digest secret{};  // SHA-256: of one length, whatever the token's is
        std::array<bool, 3> may{};
        token_bucket calls;
    };
    static digest digest_of(std::string_view secret) noexcept;

    std::mutex mutex_;
    std::vector<caller> callers_;
    std::uint32_t calls_a_second_;
    token_bucket nobodys_;
};

// What a request shows as its secret: `Authorization: Bearer ...` (RFC 6750 2.1); empty where it shows none.
std::string_view bearer_of(const header_fields& request) noexcept;

}  // namespace nearside::proxy
