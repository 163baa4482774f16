// What Redis's and Sentinel's own answers mean: errors, roles, addresses. Pure; any thread.
#pragma once

#include "cache/redis_wire.h"
#include "config/redis_settings.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace nearside::cache {

// The first word of an error: `MOVED`, `NOSCRIPT`, `ERR`. Empty: it is none.
std::string_view redis_error_code(const redis_reply& reply) noexcept;
std::string_view redis_error_code(std::string_view text) noexcept;

// An error that was answered; its text begins with Redis's code. Without what it quotes of the command, which may hold
// what nobody else is to see.
error error_of(const redis_reply& reply);

// Of ROLE.
bool says_primary(const redis_reply& role) noexcept;

// Of SENTINEL GET-MASTER-ADDR-BY-NAME. Nothing: this Sentinel doesn't know.
std::optional<config::redis_settings::endpoint> primary_address(const redis_reply& reply);

// Of `+switch-master`: whether it is about that primary. "name old-host old-port new-host new-port".
bool switches_primary(std::string_view payload, std::string_view name) noexcept;

// A port as it stands in an answer.
std::optional<std::uint16_t> parse_port(std::string_view text) noexcept;

}  // namespace nearside::cache
