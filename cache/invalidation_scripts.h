// What is done in Redis at once: the log of invalidations is a stream whose ids are the places, beside a hash that says
// which log it is. Arguments and answers of each are written with it. Immutable; any thread.
//
// The hash: `incarnation`; `sequence`, the last place that was given; `last`, that of the last record (a place that is
// given to nothing makes a hole); `bytes` of the records; `before` and `before_known` (cache/invalidation_ledger.h).
// A record's fields: `r`, its bytes, and `p`, the place of the one before it.
// The nodes: a sorted set of their names by when each has read the log last, in milliseconds of Redis's clock. Those
// who listen aren't all of them: one may be connecting again, or to another server of a cluster.
#pragma once

#include <string_view>

namespace nearside::cache {

// Keys: stream, hash, nodes. Arguments: incarnation, least place to be above, channel, most records, most bytes,
// record, milliseconds after which a node is gone. Answers {1, place, place before, listeners, names of the
// nodes}, or {0}: it is another log.
inline constexpr std::string_view append_script = R"(
local log = redis.call('HMGET', KEYS[2], 'incarnation', 'sequence', 'last', 'bytes')
if log[1] ~= ARGV[1] then return {0} end
local previous = tonumber(log[3])
local place = math.max(tonumber(log[2]), tonumber(ARGV[2])) + 1
local id = string.format('%.0f', place)
redis.call('XADD', KEYS[1], id .. '-0', 'r', ARGV[6], 'p', log[3])
local bytes = tonumber(log[4]) + #ARGV[6]
local count = redis.call('XLEN', KEYS[1])
while count > 1 and (count > tonumber(ARGV[4]) or bytes > tonumber(ARGV[5])) do
  local first = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
  redis.call('XDEL', KEYS[1], first[1])
  bytes = bytes - #first[2][2]
  count = count - 1
end
if count == 1 then bytes = #ARGV[6] end
redis.call('HSET', KEYS[2], 'sequence', id, 'last', id, 'bytes', string.format('%.0f', bytes))
local heard = redis.call('PUBLISH', ARGV[3], ARGV[1] .. struct.pack('<I8I8', place, previous) .. ARGV[6])
local now = redis.call('TIME')
local since = now[1] * 1000 + math.floor(now[2] / 1000) - tonumber(ARGV[7])
return {1, place, previous, heard, redis.call('ZRANGEBYSCORE', KEYS[3], string.format('%.0f', since), '+inf')}
)";

// Keys: stream, hash, nodes. Arguments: incarnation that is known (or empty), what is known of it, least place to be
// above, most records, digest of the last one that is known (or empty), the node's name, milliseconds after which a
// node is gone. Answers {0, incarnation or ''}: lost, or gone back; or {1, incarnation, place, last, horizon, before,
// before_known, records, names of the nodes}, a record being {place, place before, bytes}.
inline constexpr std::string_view read_script = R"(
local now = redis.call('TIME')
local moment = now[1] * 1000 + math.floor(now[2] / 1000)
redis.call('ZADD', KEYS[3], string.format('%.0f', moment), ARGV[6])
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', string.format('(%.0f', moment - tonumber(ARGV[7])))
redis.call('PEXPIRE', KEYS[3], ARGV[7])
local log = redis.call('HMGET', KEYS[2], 'incarnation', 'sequence', 'last', 'before', 'before_known')
local known = tonumber(ARGV[2])
if not log[1] then return {0, ''} end
local horizon = log[3]
local first = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
if first then horizon = first[2][4] end
if log[1] == ARGV[1] then
  if tonumber(log[3]) < known then return {0, log[1]} end
  if ARGV[5] ~= '' and tonumber(horizon) < known then
    local same = redis.call('XRANGE', KEYS[1], ARGV[2], ARGV[2])[1]
    if not same or redis.sha1hex(same[2][2]) ~= ARGV[5] then return {0, log[1]} end
  end
elseif ARGV[1] ~= '' and log[4] == ARGV[1] then
  known = math.min(known, tonumber(log[5]))
else
  known = 0
end
local place = tonumber(log[2])
if place < tonumber(ARGV[3]) then
  place = tonumber(ARGV[3])
  redis.call('HSET', KEYS[2], 'sequence', ARGV[3])
end
local records = {}
local from = string.format('%.0f', known + 1)
for i, each in ipairs(redis.call('XRANGE', KEYS[1], from, '+', 'COUNT', ARGV[4])) do
  records[i] = {tonumber(string.match(each[1], '^%d+')), tonumber(each[2][4]), each[2][2]}
end
return {1, log[1], place, tonumber(log[3]), tonumber(horizon), log[4], tonumber(log[5]), records,
        redis.call('ZRANGE', KEYS[3], 0, -1)}
)";

// Keys: stream, hash, nodes. Arguments: incarnation to take the place of (or empty), new one, place, last, before,
// before_known, channel, and of each record place, place before, bytes. Answers 1, or 0: another was quicker.
inline constexpr std::string_view found_script = R"(
local there = redis.call('HGET', KEYS[2], 'incarnation') or ''
if there ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1], KEYS[2])
local bytes = 0
for at = 8, #ARGV, 3 do
  redis.call('XADD', KEYS[1], ARGV[at] .. '-0', 'r', ARGV[at + 2], 'p', ARGV[at + 1])
  bytes = bytes + #ARGV[at + 2]
end
redis.call('HSET', KEYS[2], 'incarnation', ARGV[2], 'sequence', ARGV[3], 'last', ARGV[4], 'before', ARGV[5],
           'before_known', ARGV[6], 'bytes', string.format('%.0f', bytes))
redis.call('PUBLISH', ARGV[7], ARGV[2] .. struct.pack('<I8I8', tonumber(ARGV[3]), tonumber(ARGV[4])))
return 1
)";

}  // namespace nearside::cache
