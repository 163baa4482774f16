#include "proxy/upstream_exchange.h"
#include "tests/unit/proxy/upstream_fixture.h"

#include <boost/asio/as_tuple.hpp>

namespace nearside::proxy {
namespace {

class upstream_tls_test : public upstream_fixture {
protected:
    upstream_tls_test() {
        settings_.scheme = "https";
        settings_.tls.ca_file = certificates_.authority_file();
    }
    // One request and its answer; the body, or the name of the error.
    std::string ask() {
        auto lease = acquire();
        if (!lease) return std::string(to_string(lease.error().code)) + ": " + lease.error().detail;
        resumed_ = (*lease)->transport->resumed_session();
        return run(io_, exchange_on(*lease, guard()));
    }
    static boost::asio::awaitable<std::string> exchange_on(upstream_lease& lease, std::shared_ptr<call_guard> guard) {
        upstream_exchange exchange(*lease, guard, false);
        const auto sent = co_await exchange.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
        if (!sent) co_return std::string(to_string(sent.error().code));
        const auto head = co_await exchange.receive_head();
        if (!head) co_return std::string(to_string(head.error().code));
        const auto document = co_await exchange.receive_all(1000);
        if (!document) co_return std::string(to_string(document.error().code));
        exchange.settle(lease);
        co_return std::string(document->view());
    }

    testing::test_certificates certificates_{"DNS:localhost,IP:127.0.0.1"};
    bool resumed_ = false;
};

TEST_F(upstream_tls_test, a_certificate_of_a_known_authority_and_the_right_name_is_accepted) {
    play(answer_all, &certificates_);
    open_pool();
    EXPECT_EQ(ask(), "{}");
}

TEST_F(upstream_tls_test, a_name_is_verified_and_not_only_an_address) {
    play(answer_all, &certificates_);
    settings_.tls.server_name = "localhost";
    open_pool();
    EXPECT_EQ(ask(), "{}");
}

TEST_F(upstream_tls_test, the_wrong_name_is_refused_with_its_reason) {
    play(answer_all, &certificates_);
    settings_.tls.server_name = "api.example.nl";
    open_pool();
    EXPECT_EQ(ask(), "tls_failed: hostname mismatch");
}

TEST_F(upstream_tls_test, an_unknown_authority_is_refused_with_its_reason) {
    play(answer_all, &certificates_);
    const testing::test_certificates other("DNS:localhost", "another CA");
    settings_.tls.ca_file = other.authority_file();
    open_pool();
    EXPECT_EQ(ask(), "tls_failed: unable to get local issuer certificate");
}

TEST_F(upstream_tls_test, verification_can_be_turned_off) {
    play(answer_all, &certificates_);
    const testing::test_certificates other("DNS:localhost", "another CA");
    settings_.tls.ca_file = other.authority_file();
    settings_.tls.verify = false;
    open_pool();
    EXPECT_EQ(ask(), "{}");
}

TEST_F(upstream_tls_test, a_ca_file_that_is_not_there_fails_at_start) {
    settings_.tls.ca_file = "/nowhere/ca.pem";
    const auto made = upstream_pool::create(std::make_shared<config::upstream_settings>(settings_),
                                            {.executors = {io_.get_executor()}});
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error(), errc::tls_failed);
    EXPECT_NE(made.error().detail.find("/nowhere/ca.pem"), std::string::npos);
}

TEST_F(upstream_tls_test, a_later_connection_resumes_the_session_of_an_earlier_one) {
    play(
        [](fake_peer& peer) {
            peer.read_head();
            peer.answer("{}", "Connection: close\r\n");
        },
        &certificates_);
    open_pool();
    EXPECT_EQ(ask(), "{}");
    EXPECT_FALSE(resumed_);
    for (int again = 0; again < 3; ++again) {
        EXPECT_EQ(ask(), "{}");
        EXPECT_TRUE(resumed_);
    }
}

TEST_F(upstream_tls_test, tickets_that_wait_on_an_idle_connection_do_not_make_it_dead) {
    settings_.warm_connections = 1;
    play(answer_all, &certificates_);
    open_pool();
    run_until(io_, [&] { return pool_->ready(); });
    EXPECT_EQ(ask(), "{}");
    EXPECT_EQ(ask(), "{}");
    EXPECT_EQ(pool_->counts().connects, 1u);
}

TEST_F(upstream_tls_test, an_idle_connection_that_the_upstream_closes_is_noticed) {
    settings_.warm_connections = 1;
    play(
        [](fake_peer& peer) {
            if (peer.number > 0) answer_all(peer);
        },
        &certificates_);
    open_pool();
    run_until(io_, [&] { return pool_->counts().connects == 2; });
    EXPECT_EQ(ask(), "{}");
}

TEST_F(upstream_tls_test, a_plain_server_on_the_port_is_told_from_a_refusal) {
    play([](fake_peer& peer) {
        peer.send("HTTP/1.1 400 Bad Request\r\n\r\n");
        peer.sees_the_end();
    });
    open_pool();
    EXPECT_EQ(ask().substr(0, 11), "tls_failed:");
}

TEST_F(upstream_tls_test, a_handshake_that_stalls_ends_with_the_connect_timeout) {
    play([](fake_peer& peer) { peer.sees_the_end(); });
    settings_.timeout.connect = short_time;
    open_pool();
    EXPECT_EQ(ask().substr(0, 16), "connect_timeout:");
}

}  // namespace
}  // namespace nearside::proxy
