// Performs the calls of plan runs: one principal's way to the upstreams (aggregators/fetch.h) over the kept
// connections. One a principal and plan run (or longer); lives on the executor `home`, where start() and cancel() are
// called and where sinks hear. Calls in progress keep it alive.
#pragma once

#include "aggregators/fetch.h"
#include "core/http_message.h"
#include "proxy/retry.h"
#include "proxy/upstream_lines.h"
#include "proxy/upstream_pool.h"
#include "proxy/upstreams.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <map>
#include <memory>
#include <string>
#include <unordered_map>

namespace nearside::proxy {

// The request headers that `upstream.forward` names, and no others, out of a client's.
header_fields forwarded_fields(const header_fields& from_client, const config::upstream_settings& upstream);

struct fetch_environment {
    std::shared_ptr<const upstreams> pools;
    // By the upstream's name: what forwarded_fields() selected. An upstream not in it is asked without.
    std::map<std::string, header_fields, std::less<>> forwarded;
    boost::asio::any_io_executor home;
    boost::asio::any_io_executor workers;                // large bodies are decoded there; empty: where the call runs
    std::string via;                                     // server.name
    call_priority priority = call_priority::foreground;  // of calls that don't say `background` themselves
};

class upstream_fetcher final : public aggregators::fetcher, public std::enable_shared_from_this<upstream_fetcher> {
public:
    // Bodies over this are decoded on the workers: of JSON, which is six times as long without its coding, it is what
    // holds an io thread for half a millisecond.
    static constexpr std::size_t decode_here = 16 * 1024;

    explicit upstream_fetcher(fetch_environment environment) : environment_(std::move(environment)) {}

    void start(aggregators::call_id call, aggregators::fetch_request request,
               std::weak_ptr<aggregators::fetch_sink> sink) override;
    void cancel(aggregators::call_id call) override;
    void promote(aggregators::call_id call) override;

private:
    using outcome = result<aggregators::fetch_response>;
    // A call in progress.
    struct started {
        std::shared_ptr<upstream_pool> pool;  // null: no upstream has that name
        std::shared_ptr<call_guard> guard;
        std::uint32_t retries_left = 0;
        std::shared_ptr<upstream_lines::order> wanted;
    };
    static boost::asio::awaitable<void> run(std::shared_ptr<upstream_fetcher> self, aggregators::call_id call,
                                            aggregators::fetch_request request,
                                            std::weak_ptr<aggregators::fetch_sink> sink, std::shared_ptr<started> of);
    // An answer as it came.
    struct answer {
        response_head head;
        buffer coded;
        bool reused_connection = false;
    };
    boost::asio::awaitable<outcome> fetch(std::shared_ptr<started> of, std::string request_bytes);
    // With all attempts that it takes.
    boost::asio::awaitable<result<answer>> ask(std::shared_ptr<started> of,
                                               std::shared_ptr<const std::string> request_bytes);
    boost::asio::awaitable<result<answer>> attempt(upstream_line::seat& seat,
                                                   std::shared_ptr<const std::string> request_bytes,
                                                   std::shared_ptr<started> of, attempt_facts& facts);
    upstream_lines& lines_of(const std::shared_ptr<upstream_pool>& pool);
    boost::asio::awaitable<result<buffer>> decode(std::string codings, buffer coded, std::uint64_t most_bytes,
                                                  std::shared_ptr<call_guard> guard);
    std::string request_bytes(const config::upstream_settings& upstream,
                              const aggregators::fetch_request& request) const;

    const fetch_environment environment_;
    std::unordered_map<aggregators::call_id, std::shared_ptr<started>> calls_;
    std::map<const upstream_pool*, std::shared_ptr<upstream_lines>> lines_;
};

}  // namespace nearside::proxy
