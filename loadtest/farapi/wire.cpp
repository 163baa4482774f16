#include "loadtest/farapi/wire.h"

#include <fmt/format.h>

#include <algorithm>

namespace nearside::farapi {

namespace {

constexpr std::size_t chunk_bytes = 16 * 1024;

class script_writer {
public:
    void text(std::string bytes) {
        const auto size = bytes.size();
        part(std::make_shared<const std::string>(std::move(bytes)), 0, size);
    }
    void part(std::shared_ptr<const std::string> bytes, std::size_t from, std::size_t to) {
        if (from < to) {
            steps_.push_back(
                {.does = wire_step::kind::send, .bytes = std::move(bytes), .from = from, .to = to, .pause = {}});
        }
    }
    void pause(std::chrono::milliseconds duration) { act(wire_step::kind::pause, duration); }
    void close() { act(wire_step::kind::close, {}); }
    void reset() { act(wire_step::kind::reset, {}); }
    wire_script finish() { return std::move(steps_); }

private:
    void act(wire_step::kind what, std::chrono::milliseconds pause) {
        steps_.push_back({.does = what, .bytes = nullptr, .from = 0, .to = 0, .pause = pause});
    }
    wire_script steps_;
};

bool is(const std::optional<fault>& how, fault_kind kind) {
    return how && how->kind == kind;
}

bool has_body(int status) {
    return status != 204 && status != 304 && status >= 200;
}

std::string head_text(reply& answer, const wire_options& options, const std::optional<fault>& how, std::size_t length) {
    const bool chunked = is(how, fault_kind::chunked) || is(how, fault_kind::bad_chunk);
    if (chunked) {
        answer.fields.set("Transfer-Encoding", "chunked");
    } else if (is(how, fault_kind::bad_length)) {
        answer.fields.set("Content-Length", "12x");
    } else if (has_body(answer.status) && !is(how, fault_kind::until_close)) {
        answer.fields.set("Content-Length", std::to_string(length));
    }
    if (!options.keep_alive || is(how, fault_kind::until_close)) answer.fields.set("Connection", "close");
    std::string text = fmt::format("HTTP/1.1 {} {}\r\nDate: {}\r\nServer: farapi\r\n", answer.status,
                                   reason_phrase(answer.status), options.date);
    answer.fields.write_to(text);
    return text + "\r\n";
}

void write_chunks(script_writer& out, const std::shared_ptr<const std::string>& body, const fault& how) {
    const std::size_t end = how.at == 0 ? body->size() : std::min<std::size_t>(how.at, body->size());
    for (std::size_t at = 0; at < end; at += chunk_bytes) {
        const auto size = std::min(chunk_bytes, end - at);
        out.text(fmt::format("{:x}\r\n", size));
        out.part(body, at, at + size);
        out.text("\r\n");
    }
    if (end == body->size()) {
        out.text("0\r\n\r\n");
    } else {
        out.close();
    }
}

void write_body(script_writer& out, const std::shared_ptr<const std::string>& body, const std::optional<fault>& how) {
    if (is(how, fault_kind::chunked)) return write_chunks(out, body, *how);
    if (is(how, fault_kind::bad_chunk)) return out.text("zz\r\n" + *body);
    const bool cut = is(how, fault_kind::truncate), stalled = is(how, fault_kind::stall);
    if (!cut && !stalled) return out.part(body, 0, body->size());
    const auto at = std::min<std::size_t>(how->at, body->size());
    out.part(body, 0, at);
    if (cut) return out.close();
    out.pause(how->stall);
    out.part(body, at, body->size());
}

}  // namespace

wire_script write_wire(reply answer, const wire_options& options, const std::optional<fault>& how) {
    script_writer out;
    if (how && how->delay.count() > 0) out.pause(how->delay);
    if (is(how, fault_kind::drop)) {
        out.close();
        return out.finish();
    }
    if (is(how, fault_kind::reset)) {
        out.reset();
        return out.finish();
    }
    if (is(how, fault_kind::garbled)) {
        out.text("\x16\x03\x01 this is not HTTP \xff\xfe\r\n\r\n{]");
        out.close();
        return out.finish();
    }
    const auto body = std::make_shared<const std::string>(std::move(answer.body));
    out.text(head_text(answer, options, how, body->size()));
    if (!options.head_only && has_body(answer.status)) write_body(out, body, how);
    const bool ends = is(how, fault_kind::bad_length) || is(how, fault_kind::bad_chunk) ||
                      is(how, fault_kind::until_close) || is(how, fault_kind::close_after);
    if (!options.keep_alive || ends) out.close();
    return out.finish();
}

}  // namespace nearside::farapi
