#include "proxy/health_check.h"

#include "proxy/admin_client.h"

#include <boost/url/parse.hpp>

#include <iostream>

namespace nearside::proxy {

namespace {

constexpr milliseconds patience{5'000};

}  // namespace

int ask_health(const std::string& url, const std::string& ca_file) {
    const auto parsed = boost::urls::parse_uri(url);
    admin_question question{.url = url, .ca_file = ca_file, .patience = patience};
    if (parsed && !parsed->encoded_path().empty()) question.target = std::string(parsed->encoded_path());
    const result<admin_reply> reply = ask_admin(question);
    if (reply && reply->status == 200) return 0;
    std::cerr << "nearside health: " << url << ": "
              << (reply ? "answered with " + std::to_string(reply->status) : reply.error().detail) << '\n';
    return 1;
}

}  // namespace nearside::proxy
