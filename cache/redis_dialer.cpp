#include "cache/redis_dialer.h"

#include "cache/redis_answers.h"
#include "cache/redis_now.h"

#include <boost/asio/local/stream_protocol.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <chrono>
#include <utility>

namespace nearside::cache {

namespace asio = boost::asio;

namespace {

error timed_out() {
    return {errc::redis_timeout, "no connection within `connect_timeout`"};
}

}  // namespace

result<std::shared_ptr<const redis_dialer>> redis_dialer::create(
    std::shared_ptr<const config::redis_settings> settings) {
    std::shared_ptr<redis_dialer> made(new redis_dialer);
    made->settings_ = std::move(settings);
    const auto& rules = made->settings_->verification;
    if (!made->settings_->tls) return std::shared_ptr<const redis_dialer>(made);

    made->tls_ = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_client);
    SSL_CTX* context = made->tls_->native_handle();
    bool set = SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1;
    if (rules.verify) {
        set = set &&
              (rules.ca_file.empty() ? SSL_CTX_set_default_verify_paths(context)
                                     : SSL_CTX_load_verify_locations(context, rules.ca_file.c_str(), nullptr)) == 1;
    }
    SSL_CTX_set_verify(context, rules.verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
    ERR_clear_error();
    if (!set) {
        return error{errc::tls_failed, rules.ca_file.empty() ? "the system's CA certificates cannot be read"
                                                             : "the CA file " + rules.ca_file + " cannot be read"};
    }
    return std::shared_ptr<const redis_dialer>(made);
}

asio::awaitable<result<void>> redis_dialer::open(std::shared_ptr<redis_connection> made, redis_endpoint to,
                                                 peer who) const {
    const steady_time due = redis_now() + settings_->connect_timeout;
    result<void> outcome = co_await reach(made, to, due);
    if (outcome) {
        const redis_connection::time_limit limit(made, due);
        if (tls_ != nullptr) {
            const auto& rules = settings_->verification;
            const std::string name = rules.server_name.empty() ? to.host : rules.server_name;
            outcome = co_await made->shake_hands(tls_, name, rules.verify);
        }
        if (outcome) outcome = co_await introduce(made, who);
        // Also where it came just before the limit closed the socket.
        if (limit.passed()) outcome = timed_out();
    }
    if (!outcome) made->close();
    co_return outcome;
}

asio::awaitable<result<void>> redis_dialer::reach(std::shared_ptr<redis_connection> made, redis_endpoint to,
                                                  steady_time due) const {
    std::vector<redis_connection::address> addresses;
    boost::system::error_code no_literal;
    const auto literal = asio::ip::make_address(to.host, no_literal);
    if (!settings_->socket_path.empty()) {
        addresses.emplace_back(asio::local::stream_protocol::endpoint(settings_->socket_path));
    } else if (!no_literal) {
        addresses.emplace_back(asio::ip::tcp::endpoint(literal, to.port));
    } else {
        const redis_connection::time_limit limit(made, due);
        const auto found = co_await made->look_up(to.host, std::to_string(to.port));
        if (!found) co_return limit.passed() ? timed_out() : found.error();
        addresses = *found;
    }
    result<void> outcome = error{errc::redis_unavailable, "the name has no address"};
    for (std::size_t at = 0; at < addresses.size(); ++at) {
        // An address that swallows packets must leave time for the others.
        const steady_time share = redis_now() + (due - redis_now()) / static_cast<int>(addresses.size() - at);
        const redis_connection::time_limit limit(made, share);
        outcome = co_await made->connect(addresses[at]);
        if (limit.passed()) outcome = timed_out();
        if (outcome) break;
    }
    co_return outcome;
}

redis_command redis_dialer::auth() const {
    redis_command made("", {"AUTH"});
    if (!settings_->user.empty()) made.add(settings_->user);
    return made.add(settings_->password);
}

asio::awaitable<result<void>> redis_dialer::introduce(std::shared_ptr<redis_connection> made, peer who) const {
    const bool authenticated = !settings_->password.empty();
    std::vector<redis_command> commands;
    if (authenticated && who != peer::sentinel) commands.push_back(auth());
    if (settings_->database != 0 && who != peer::sentinel)
        commands.push_back(redis_command("", {"SELECT"}).add(settings_->database));
    commands.push_back(redis_command("", {who == peer::primary ? "ROLE" : "PING"}));
    auto replies = co_await made->ask(std::move(commands));
    if (!replies) co_return replies.error();
    // Sentinels have a password of their own, as often none as the same.
    if (who == peer::sentinel && authenticated && redis_error_code(replies->back()) == "NOAUTH") {
        std::vector<redis_command> again;
        again.push_back(auth());
        replies = co_await made->ask(std::move(again));
        if (!replies) co_return replies.error();
    }
    const redis_reply& last = replies->back();
    for (const redis_reply& each : *replies) {
        // A user that may not ask for the role, or may not PING, is connected all the same.
        const bool only_forbidden = &each == &last && redis_error_code(each) == "NOPERM";
        if (each.is_error() && !only_forbidden) co_return error_of(each);
    }
    if (who == peer::primary && !last.is_error() && !says_primary(last))
        co_return error{errc::redis_unavailable, "it is no primary"};
    co_return result<void>{};
}

}  // namespace nearside::cache
