// TLS as a client sees it: handshake, resumption, ALPN, and files that are not what they should be.
#include "proxy/tls_server.h"

#include "tests/support/raw_client.h"
#include "tests/support/served.h"
#include "tests/support/test_certificates.h"

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <vector>

namespace nearside::proxy {
namespace {

using testing::functions_handler;
using testing::raw_client;
using testing::served;
using testing::test_certificates;

class tls_dialogue {
public:
    // `protocols` in ALPN's wire form.
    tls_dialogue(std::uint16_t port, const std::string& protocols, SSL_SESSION* resume = nullptr, int version = 0)
        : wire_(port), context_(SSL_CTX_new(TLS_client_method())) {
        if (version != 0) SSL_CTX_set_max_proto_version(context_, version);
        ssl_ = SSL_new(context_);
        if (!protocols.empty()) {
            SSL_set_alpn_protos(ssl_, reinterpret_cast<const unsigned char*>(protocols.data()),
                                static_cast<unsigned>(protocols.size()));
        }
        if (resume != nullptr) SSL_set_session(ssl_, resume);
        SSL_set_fd(ssl_, wire_.socket());
        connected_ = SSL_connect(ssl_) == 1;
    }
    ~tls_dialogue() {
        SSL_free(ssl_);
        SSL_CTX_free(context_);
    }
    tls_dialogue(const tls_dialogue&) = delete;
    tls_dialogue& operator=(const tls_dialogue&) = delete;

    bool connected() const { return connected_; }
    bool resumed() const { return SSL_session_reused(ssl_) == 1; }
    std::string protocol() const {
        const unsigned char* name = nullptr;
        unsigned size = 0;
        SSL_get0_alpn_selected(ssl_, &name, &size);
        return {reinterpret_cast<const char*>(name), size};
    }
    void send(const std::string& bytes) { SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size())); }
    // Up to the end of the connection, which must be told by close_notify.
    std::string read_all(bool& told) {
        std::string all;
        char room[16384];
        int count = 0;
        while ((count = SSL_read(ssl_, room, sizeof room)) > 0)
            all.append(room, static_cast<std::size_t>(count));
        told = SSL_get_error(ssl_, count) == SSL_ERROR_ZERO_RETURN;
        return all;
    }
    // Valid once something was read: in TLS 1.3 tickets come after the handshake.
    SSL_SESSION* session() const { return SSL_get1_session(ssl_); }

private:
    raw_client wire_;
    SSL_CTX* context_;
    SSL* ssl_ = nullptr;
    bool connected_ = false;
};

const std::string http_1_1 = "\x08http/1.1";
const std::string get_request = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

class a_tls_server : public ::testing::Test {
protected:
    a_tls_server() {
        handler.quick_ones["/"] = [](exchange& call) { call.respond({}, body(std::string(call.scheme()))); };
        handler.quick_ones["/large"] = [](exchange& call) { call.respond({}, body(std::string(3'000'000, 'x'))); };
    }

    server_options options() const {
        server_options made;
        const auto loaded = tls_server::load({certificates.certificate_file(), certificates.key_file()}, {"http/1.1"});
        EXPECT_TRUE(loaded.has_value());
        made.tls = *loaded;
        made.limits.header_timeout = milliseconds(500);
        return made;
    }

    test_certificates certificates{"DNS:localhost"};
    functions_handler handler;
};

TEST_F(a_tls_server, answers_in_both_versions) {
    served server(handler, options());
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        tls_dialogue client(server.port(), http_1_1, nullptr, version);
        ASSERT_TRUE(client.connected());
        EXPECT_EQ(client.protocol(), "http/1.1");
        client.send(get_request);
        bool told = false;
        const std::string answer = client.read_all(told);
        EXPECT_TRUE(answer.ends_with("\r\n\r\nhttps")) << answer;
        EXPECT_TRUE(told);
    }
}

TEST_F(a_tls_server, refuses_older_versions) {
    served server(handler, options());
    EXPECT_FALSE(tls_dialogue(server.port(), {}, nullptr, TLS1_1_VERSION).connected());
}

TEST_F(a_tls_server, resumes_a_session_from_its_ticket) {
    served server(handler, options());
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        bool told = false;
        tls_dialogue first(server.port(), http_1_1, nullptr, version);
        ASSERT_TRUE(first.connected());
        first.send(get_request);
        first.read_all(told);
        SSL_SESSION* session = first.session();
        tls_dialogue second(server.port(), http_1_1, session, version);
        EXPECT_TRUE(second.connected());
        EXPECT_TRUE(second.resumed());
        SSL_SESSION_free(session);
    }
}

TEST_F(a_tls_server, serves_clients_without_alpn_and_refuses_other_protocols) {
    served server(handler, options());
    EXPECT_TRUE(tls_dialogue(server.port(), {}).connected());
    EXPECT_FALSE(tls_dialogue(server.port(), "\x05other").connected());
}

TEST_F(a_tls_server, writes_large_bodies_and_reads_pipelined_requests) {
    served server(handler, options());
    tls_dialogue client(server.port(), http_1_1);
    client.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\nGET /large HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    bool told = false;
    const std::string all = client.read_all(told);
    EXPECT_EQ(std::count(all.begin(), all.end(), 'x') >= 6'000'000, true);
    EXPECT_TRUE(told);
}

TEST_F(a_tls_server, lets_a_client_go_that_does_not_shake_hands) {
    server_options impatient = options();
    impatient.limits.header_timeout = milliseconds(50);
    served server(handler, impatient);
    raw_client silent(server.port());
    EXPECT_NE(silent.read_to_end(), raw_client::ending::none);
    raw_client plain(server.port());
    plain.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_NE(plain.read_to_end(), raw_client::ending::none);
}

TEST_F(a_tls_server, says_which_file_is_wrong) {
    const std::string good_key = certificates.key_file();
    const std::string good_certificate = certificates.certificate_file();
    const auto missing = tls_server::load({"/nowhere/cert.pem", good_key}, {});
    ASSERT_FALSE(missing.has_value());
    EXPECT_EQ(missing.error().code, errc::tls_failed);
    EXPECT_NE(missing.error().detail.find("certificate /nowhere/cert.pem"), std::string::npos);
    const auto no_key = tls_server::load({good_certificate, good_certificate}, {});
    ASSERT_FALSE(no_key.has_value());
    EXPECT_NE(no_key.error().detail.find("key " + good_certificate), std::string::npos);
    const test_certificates others{"DNS:other"};
    const auto mixed = tls_server::load({good_certificate, others.key_file()}, {});
    ASSERT_FALSE(mixed.has_value());
    EXPECT_NE(mixed.error().detail.find(others.key_file()), std::string::npos) << mixed.error().detail;
}

}  // namespace
}  // namespace nearside::proxy
