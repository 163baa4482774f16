// One server, wherever it is: as the settings say, or as Sentinels do.
#include "cache/redis_answers.h"
#include "cache/redis_nodes.h"
#include "cache/redis_sentinels.h"
#include "cache/redis_subscription.h"

#include <utility>

namespace nearside::cache {

namespace asio = boost::asio;

namespace {

constexpr std::string_view switched_channel = "+switch-master";

class single_node final : public redis_nodes, public std::enable_shared_from_this<single_node> {
public:
    explicit single_node(redis_nodes_parts parts) : parts_(std::move(parts)) {}

    void start() {
        const auto& settings = parts_.dialer->settings();
        if (settings.topology == config::redis_settings::kind::sentinel) {
            sentinels_ = std::make_shared<redis_sentinels>(parts_.home, parts_.dialer);
            hear_sentinels();
        }
        lanes_ = redis_lanes::start(
            parts_, [sentinels = sentinels_, dialer = parts_.dialer] { return locate(sentinels, dialer); },
            home_peer());
    }

    void send(redis_call call) override {
        const auto& link = lanes_.lane(call.command->lane);
        link->submit(call.command, false, call.deadline,
                     [self = weak_from_this(), done = std::move(call.done)](result<redis_reply> got) {
                         const std::string_view code = got ? redis_error_code(*got) : std::string_view{};
                         // Another one is primary, behind the same name or known to Sentinels.
                         const bool demoted = code == "READONLY" || code == "MASTERDOWN";
                         done(std::move(got));
                         const auto here = self.lock();
                         if (demoted && here != nullptr) here->moved("it is a replica");
                     });
    }

    bool available() const override { return lanes_.request != nullptr && lanes_.request->good(); }
    std::optional<error> failure() const override {
        return lanes_.request != nullptr ? lanes_.request->failure() : std::nullopt;
    }
    asio::awaitable<result<redis_endpoint>> home_node() override { return locate(sentinels_, parts_.dialer); }
    redis_dialer::peer home_peer() const override {
        return sentinels_ == nullptr ? redis_dialer::peer::server : redis_dialer::peer::primary;
    }

    void stop() override {
        lanes_.stop();
        if (sentinels_ == nullptr) return;
        sentinels_->stop();
        hearing_->stop();
    }

private:
    static asio::awaitable<result<redis_endpoint>> locate(std::shared_ptr<redis_sentinels> sentinels,
                                                          std::shared_ptr<const redis_dialer> dialer) {
        if (sentinels != nullptr) co_return co_await sentinels->primary();
        const auto& endpoints = dialer->settings().endpoints;
        co_return endpoints.empty() ? redis_endpoint{} : endpoints.front();
    }
    static asio::awaitable<result<redis_endpoint>> a_sentinel(std::shared_ptr<redis_sentinels> sentinels) {
        co_return sentinels->next_to_hear();
    }

    void hear_sentinels() {
        redis_subscription::parts hearing{.home = parts_.home,
                                          .dialer = parts_.dialer,
                                          .locate = [sentinels = sentinels_] { return a_sentinel(sentinels); },
                                          .who = redis_dialer::peer::sentinel,
                                          .channels = {std::string(switched_channel)},
                                          .events = {}};
        hearing.events.on_message = [self = weak_from_this()](std::string_view, std::string_view payload) {
            const auto here = self.lock();
            if (here != nullptr && switches_primary(payload, here->parts_.dialer->settings().primary))
                here->moved("Sentinels made another one primary");
        };
        hearing_ = redis_subscription::start(std::move(hearing));
    }

    void moved(const std::string& why) {
        lanes_.reconnect(why);
        if (parts_.on_move) parts_.on_move();
    }

    const redis_nodes_parts parts_;
    std::shared_ptr<redis_sentinels> sentinels_;
    std::shared_ptr<redis_subscription> hearing_;
    redis_lanes lanes_;
};

}  // namespace

std::shared_ptr<redis_nodes> redis_single_node(redis_nodes_parts parts) {
    auto made = std::make_shared<single_node>(std::move(parts));
    made->start();
    return made;
}

}  // namespace nearside::cache
