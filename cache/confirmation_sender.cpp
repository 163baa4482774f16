#include "cache/confirmation_sender.h"

#include "cache/wire_bytes.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <initializer_list>
#include <string_view>
#include <utility>
#include <vector>

namespace nearside::cache {

namespace asio = boost::asio;

void confirmation_sender::owe(const std::string& issuer, std::uint64_t sequence) {
    if (owed_.size() >= parts_.most_nodes) owed_.clear();
    owed_[issuer] = sequence;
}

void confirmation_sender::send() {
    if (owed_.empty() || std::exchange(sending_, true)) return;
    asio::co_spawn(parts_.home, run(shared_from_this()), asio::detached);
}

asio::awaitable<void> confirmation_sender::run(std::shared_ptr<confirmation_sender> self) {
    while (!self->owed_.empty()) {
        std::vector<redis_command> commands;
        for (const auto& [issuer, up_to] : std::exchange(self->owed_, {})) {
            byte_writer told;
            told.number(up_to);
            told.raw(self->parts_.name);
            commands.emplace_back("", std::initializer_list<std::string_view>{
                                          "PUBLISH", self->parts_.keys.channel("node:" + issuer), told.written()});
        }
        const auto heard = co_await self->parts_.redis->run_all(std::move(commands), self->parts_.timeout);
        static_cast<void>(heard);
    }
    self->sending_ = false;
}

}  // namespace nearside::cache
