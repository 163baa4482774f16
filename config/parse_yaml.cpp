#include "config/parse_yaml.h"

#include "config/text_positions.h"
#include "config/yaml_tree.h"
#include "core/utf8.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <sstream>

namespace nearside::config {

namespace {

// yaml-cpp's events, handed to the builder with their places translated.
class event_reader final : public YAML::EventHandler {
public:
    event_reader(yaml_tree& tree, text_positions& places) : tree_(tree), places_(places) {}

    void OnDocumentStart(const YAML::Mark& mark) override { tree_.begin_document(place(mark)); }
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { tree_.add_null(place(mark), anchor); }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override { tree_.add_alias(place(mark), anchor); }
    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& value) override {
        tree_.add_scalar(place(mark), tag, anchor, value);
    }
    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value /*style*/) override {
        tree_.begin(node::kind::sequence, place(mark), tag, anchor);
    }
    void OnSequenceEnd() override { tree_.end(); }
    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value /*style*/) override {
        tree_.begin(node::kind::mapping, place(mark), tag, anchor);
    }
    void OnMapEnd() override { tree_.end(); }

private:
    position place(const YAML::Mark& mark) {
        return places_.at(static_cast<std::size_t>(std::max(mark.line, 0)),
                          static_cast<std::size_t>(std::max(mark.column, 0)));
    }

    yaml_tree& tree_;
    text_positions& places_;
};

// YAML allows no other control characters, and yaml-cpp takes U+0004 for the end of the file.
std::size_t find_control(std::string_view text) noexcept {
    const auto found = std::find_if(text.begin(), text.end(), [](char letter) {
        const auto code = static_cast<unsigned char>(letter);
        return (code < 0x20 && letter != '\t' && letter != '\n' && letter != '\r') || code == 0x7F;
    });
    return found == text.end() ? std::string_view::npos : static_cast<std::size_t>(found - text.begin());
}

std::string mend_syntax(std::string_view message) {
    if (message.find("tab") != std::string_view::npos) return "indent with spaces";
    if (message.find("anchor") != std::string_view::npos) return "name it with `&` before it is used with `*`";
    if (message.find("illegal map value") != std::string_view::npos) {
        return "check the indentation, and quote a value that holds `: `";
    }
    if (message.find("flow") != std::string_view::npos) {
        return "close every `{` and `[`, and quote a value that holds one of them, such as \"${NAME}\"";
    }
    if (message.starts_with("end of map") || message.starts_with("end of sequence")) {
        return "check the indentation: the lines of one block start in one column";
    }
    return "check the indentation, brackets and quotes here";
}

}  // namespace

parsed_yaml parse_yaml(const std::string& file, std::string_view text, complaint_list& out) {
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
    text_positions places(file, text);
    parsed_yaml parsed;
    parsed.root.at = {file, 1, 1};
    parsed.whole = false;

    if (text.size() > yaml_limits::bytes) {
        out.push_back({parsed.root.at, "the file is larger than 1 MiB", "split it with `include`"});
        return parsed;
    }
    if (const std::size_t at = find_invalid_utf8(text); at != std::string_view::npos) {
        out.push_back({places.at_offset(at), "not UTF-8", "save the file as UTF-8"});
        return parsed;
    }
    if (const std::size_t at = find_control(text); at != std::string_view::npos) {
        out.push_back(
            {places.at_offset(at), "a control character", "remove it, or write it as an escape in double quotes"});
        return parsed;
    }

    yaml_tree tree(out);
    event_reader events(tree, places);
    std::istringstream stream{std::string(text)};
    try {
        YAML::Parser parser(stream);
        while (parser.HandleNextDocument(events)) {
        }
        parsed.whole = true;
    } catch (const yaml_tree::stopped& stop) {
        out.push_back(stop.reason);
    } catch (const YAML::Exception& failure) {
        const YAML::Mark& mark = failure.mark;
        out.push_back({places.at(static_cast<std::size_t>(std::max(mark.line, 0)),
                                 static_cast<std::size_t>(std::max(mark.column, 0))),
                       "not YAML: " + failure.msg, mend_syntax(failure.msg)});
    }
    if (tree.started()) parsed.root = tree.take();
    return parsed;
}

}  // namespace nearside::config
