#include "proxy/health_check.h"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/url/parse.hpp>

#include <chrono>
#include <iostream>
#include <string>

namespace nearside::proxy {

namespace {

constexpr std::chrono::seconds patience{5};
// The head of a small page; more is not looked at.
constexpr std::size_t most_read = 16 * 1024;

// The response's beginning, or why there is none.
std::string ask(const std::string& host, const std::string& port, const std::string& request, std::string& problem) {
    boost::asio::io_context context;
    boost::asio::ip::tcp::socket socket(context);
    boost::asio::ip::tcp::resolver resolver(context);
    std::string answer;
    const auto note = [&problem](const boost::system::error_code& failed) {
        if (failed && failed != boost::asio::error::eof) problem = failed.message();
        return !problem.empty();
    };
    resolver.async_resolve(host, port, [&](const boost::system::error_code& failed, const auto& addresses) {
        if (note(failed)) return;
        boost::asio::async_connect(socket, addresses, [&](const boost::system::error_code& refused, const auto&) {
            if (note(refused)) return;
            boost::asio::async_write(socket, boost::asio::buffer(request), [&](const auto& unsent, std::size_t) {
                if (note(unsent)) return;
                boost::asio::async_read(socket, boost::asio::dynamic_buffer(answer, most_read),
                                        [&](const auto& unread, std::size_t) { note(unread); });
            });
        });
    });
    context.run_for(patience);
    if (!context.stopped()) problem = "no answer within 5 seconds";
    return answer;
}

}  // namespace

int ask_health(const std::string& url) {
    const auto parsed = boost::urls::parse_uri(url);
    if (!parsed || parsed->scheme() != "http" || parsed->host().empty()) {
        std::cerr << "nearside health: not an http URL: " << url << '\n';
        return 1;
    }
    const std::string host = parsed->host_address();
    const std::string port = parsed->has_port() ? std::string(parsed->port()) : "80";
    const std::string path = parsed->encoded_path().empty() ? "/" : std::string(parsed->encoded_path());
    const std::string request = "GET " + path + " HTTP/1.1\r\nHost: " + std::string(parsed->encoded_host_and_port()) +
                                "\r\nConnection: close\r\n\r\n";
    std::string problem;
    const std::string answer = ask(host, port, request, problem);
    if (problem.empty() && answer.starts_with("HTTP/1.1 200 ")) return 0;
    if (problem.empty()) problem = "answered: " + answer.substr(0, answer.find('\r'));
    std::cerr << "nearside health: " << url << ": " << problem << '\n';
    return 1;
}

}  // namespace nearside::proxy
