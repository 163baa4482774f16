#include "config/read_tree.h"

#include "config/parse_yaml.h"
#include "config/reader.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace nearside::config {

namespace {

// At least one of its sections is a configuration's, or meant to be.
bool is_configuration(const node& root) {
    return std::any_of(root.members.begin(), root.members.end(), [](const member& section) {
        const std::string_view name = section.key.text;
        return name.starts_with("x-") || !nearest_name(name, known_sections()).empty();
    });
}

class tree_reader {
public:
    tree_reader(const file_source& files, const environment& env, complaint_list& out)
        : files_(files), env_(env), out_(out) {}

    void read_file(const std::string& file, const position& asked_at) {
        const file_source::content content = files_.read(file, yaml_limits::bytes);
        if (!content.failure.empty()) {
            result_.whole = false;
            out_.push_back({asked_at, "cannot read " + quote(file) + ": " + content.failure, "check the path"});
            return;
        }
        read_text(file, content.text);
    }

    void read_text(const std::string& file, std::string_view text) {
        const bool included = !chain_.empty();
        chain_.push_back(files_.identity(file));
        complaint_list own;
        parsed_yaml parsed = parse_yaml(file, text, own);
        if (!parsed.whole) result_.whole = false;
        // Any file can be named, also one that holds secrets: what is no configuration is not quoted.
        if (included && parsed.root.is != node::kind::null && !is_configuration(parsed.root)) {
            result_.whole = false;
            out_.push_back({own.empty() ? parsed.root.at : own.front().at,
                            "this included file is no part of a configuration",
                            "include YAML files with sections such as `upstreams` and `views`"});
            chain_.pop_back();
            return;
        }
        out_.insert(out_.end(), own.begin(), own.end());
        if (parsed.whole && parsed.root.is == node::kind::null) {
            out_.push_back({parsed.root.at, "the file is empty", "give it sections such as `upstreams` and `views`"});
        } else if (!parsed.whole || expect_mapping(parsed.root, "a configuration file", out_)) {
            fill_environment(parsed.root, env_, out_);
            const node* include = parsed.root.find("include");
            const node wanted = include == nullptr ? node{} : *include;
            // What stands before a syntax error serves to find other files, so that they are read in the same run.
            if (parsed.whole) add(std::move(parsed.root));
            follow(file, wanted);
        }
        chain_.pop_back();
    }

    read_outcome take() { return std::move(result_); }

private:
    void add(node root) {
        if (result_.root.is == node::kind::null) {
            std::erase_if(root.members, [](const member& each) { return each.key.text == "include"; });
            result_.root = std::move(root);
        } else {
            merge_sections(result_.root, std::move(root), out_);
        }
    }

    void follow(const std::string& file, const node& include) {
        if (include.is == node::kind::null || include.faulty) return;
        const std::vector<node> alone = {include};
        for (const node& item : include.is == node::kind::sequence ? include.items : alone) {
            if (item.faulty) continue;
            if (item.is != node::kind::scalar || item.text.empty()) {
                out_.push_back({item.at, "`include` needs the path of a file", "write `include: [views/*.yaml]`"});
                continue;
            }
            const std::string path = resolve_path(file, item.text);
            if (path.find_first_of("*?[") == std::string::npos) {
                follow_one(path, item.at);
            } else {
                for (const std::string& match : files_.match(path))
                    follow_one(match, item.at);
            }
        }
    }

    void follow_one(const std::string& path, const position& at) {
        const std::string identity = files_.identity(path);
        if (std::find(chain_.begin(), chain_.end(), identity) != chain_.end()) {
            out_.push_back({at, quote(path) + " would include itself", "break the circle"});
            return;
        }
        if (std::find(seen_.begin(), seen_.end(), identity) != seen_.end()) {
            out_.push_back({at, quote(path) + " is included already", "include each file once"});
            return;
        }
        if (chain_.size() >= include_limits::depth || seen_.size() >= include_limits::files) {
            result_.whole = false;
            out_.push_back({at, "too many includes: at most 16 deep and 256 files", "merge some of the files"});
            return;
        }
        seen_.push_back(identity);
        read_file(path, at);
    }

    const file_source& files_;
    const environment& env_;
    complaint_list& out_;
    read_outcome result_;
    std::vector<std::string> chain_;  // files being read, the outermost first
    std::vector<std::string> seen_;
};

}  // namespace

const std::vector<std::string_view>& known_sections() {
    static const std::vector<std::string_view> names = {
        "server", "admin", "cache", "log", "limits", "streams", "webhooks", "include", "upstreams", "routes", "views"};
    return names;
}

read_outcome read_tree(const std::string& file, const file_source& files, const environment& env, complaint_list& out) {
    tree_reader reader(files, env, out);
    reader.read_file(file, {file, 1, 1});
    return reader.take();
}

read_outcome read_tree_of(const std::string& file, std::string_view text, const file_source& files,
                          const environment& env, complaint_list& out) {
    tree_reader reader(files, env, out);
    reader.read_text(file, text);
    return reader.take();
}

}  // namespace nearside::config
