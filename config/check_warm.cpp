#include "config/check_warm.h"

#include "config/credentials.h"
#include "config/input_value.h"
#include "config/url_path.h"
#include "core/ascii.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace nearside::config {

namespace {

class warm_checker {
public:
    warm_checker(const view_settings& view, const settings& all, complaint_list& out)
        : view_(view), out_(out), path_(parse_view_path(view.path.value).value.value_or(path_pattern{}).parameters) {
        for (const step_settings& step : view.steps) {
            const upstream_settings* const upstream = step.faulty ? nullptr : all.upstream_of(view, step);
            if (upstream == nullptr) continue;
            forwarded_.insert(upstream->forward.begin(), upstream->forward.end());
            if (secret_ == nullptr && forwards_credentials(*upstream)) secret_ = upstream;
        }
        known_.insert(known_.end(), path_.begin(), path_.end());
        for (const auto* inputs : {&view.query, &view.headers}) {
            for (const auto& input : *inputs)
                known_.push_back(input.name);
        }
        known_.insert(known_.end(), forwarded_.begin(), forwarded_.end());
    }

    void run() {
        if (view_.warm.empty() || !check_whose()) return;
        for (const warm_settings& item : view_.warm)
            check_item(item);
    }

private:
    // Without a visit there is no user.
    bool check_whose() {
        const position& at = view_.warm.front().at;
        if (!view_.claims.empty()) {
            out_.push_back({at, "`warm` and `claims` exclude each other: without a visit there is no token",
                            "remove one of the two"});
            return false;
        }
        if (secret_ == nullptr) return true;
        out_.push_back({at,
                        "`warm` renews without a visit, so for no user, and upstream " + quote(secret_->name) +
                            " of this view is sent each user's own credentials",
                        "take the steps from an upstream that forwards no credentials, or write "
                        "`refresh: {while_used_within: 10m}` instead"});
        return false;
    }

    void check_item(const warm_settings& item) {
        std::set<std::string_view> given;
        for (const warm_settings::value& value : item.values) {
            given.insert(value.name.value);
            check_value(value, item.from.has_value());
        }
        for (const std::string& name : path_) {
            if (!given.contains(name)) complain_missing(item, name);
        }
        for (const auto* inputs : {&view_.query, &view_.headers}) {
            for (const auto& input : *inputs) {
                if (input.required && !given.contains(input.name)) complain_missing(item, input.name);
            }
        }
    }

    void complain_missing(const warm_settings& item, const std::string& name) {
        out_.push_back({item.at, "this item of `warm` does not say what " + quote(name) + " is",
                        item.from
                            ? "add it to `with`, as in `" + name + ": \"{" + item.from->as.value + "." + name + "}\"`"
                            : "add it, as in `" + name + ": 1`"});
    }

    void check_value(const warm_settings::value& value, bool of_list) {
        const std::string& name = value.name.value;
        const bool in_path = std::find(path_.begin(), path_.end(), name) != path_.end();
        if (in_path) {
            check_segment(value);
            return;
        }
        for (const auto* inputs : {&view_.query, &view_.headers}) {
            for (const auto& input : *inputs) {
                if (input.name != name) continue;
                if (inputs == &view_.headers) check_field(value);
                return check_input(input, value, of_list);
            }
        }
        if (forwarded_.contains(lower_case(name))) return check_field(value);
        const auto is_faulty = [](const step_settings& step) { return step.faulty; };
        // What could not be read may be what it means.
        if (!view_.inputs_known || view_.faulty || std::any_of(view_.steps.begin(), view_.steps.end(), is_faulty))
            return;
        out_.push_back({value.name.at, quote(name) + " is no input of this view, and no header that is forwarded",
                        suggest_name(name, known_)});
    }

    void check_segment(const warm_settings::value& value) {
        const std::string what = quote(value.name.value) + " is a segment of the path and can't be ";
        if (!value.text || value.text->value.empty()) {
            out_.push_back({value.name.at, what + "empty", "give it a value"});
        } else if (!can_be_captured(value.text->value)) {
            out_.push_back({value.text->at, what + quote(value.text->value),
                            "give it another value: no client sends this as a segment"});
        }
    }

    void check_field(const warm_settings::value& value) {
        if (!value.text || is_field_value(value.text->value)) return;
        out_.push_back({value.text->at, quote(value.name.value) + " is a header and can't hold control characters",
                        "give it a value that a client could send"});
    }

    void check_input(const view_settings::query_parameter& input, const warm_settings::value& value, bool of_list) {
        if (!value.text) {
            if (input.required)
                out_.push_back(
                    {value.name.at, quote(input.name) + " is required and can't be null", "give it a value"});
            return;
        }
        if (of_list && value.text->value.starts_with('{')) return;  // known when the list is
        const reading<std::string> read = read_input(input, value.text->value);
        if (!read.value)
            out_.push_back(
                {value.text->at, quote(input.name) + " " + read.what, "give it a value that a client could send"});
    }

    const view_settings& view_;
    complaint_list& out_;
    const std::vector<std::string> path_;
    std::set<std::string> forwarded_;
    const upstream_settings* secret_ = nullptr;
    std::vector<std::string_view> known_;
};

}  // namespace

void check_warm(const view_settings& view, const settings& all, complaint_list& out) {
    warm_checker(view, all, out).run();
}

}  // namespace nearside::config
