// Builds a node tree out of YAML events. Holds what YAML leaves open: keys are plain names and given once, one document
// a file, and aliases cannot multiply it beyond the limits. Made for one parse; one thread.
#pragma once

#include "config/complain.h"

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace nearside::config {

class yaml_tree {
public:
    // Thrown through the parser when there is no point in reading on.
    struct stopped {
        complaint reason;
    };
    using anchor_id = std::size_t;  // 0: none

    explicit yaml_tree(complaint_list& out) : out_(out) {}

    void begin_document(position at);
    void add_null(position at, anchor_id anchor);
    void add_scalar(position at, std::string_view tag, anchor_id anchor, const std::string& text);
    void add_alias(position at, anchor_id anchor);
    void begin(node::kind kind, position at, std::string_view tag, anchor_id anchor);
    void end();

    bool started() const noexcept { return started_; }
    // The root as far as it was read: open lists and mappings are closed. The builder is empty afterwards.
    node take();

private:
    struct open_node {
        node value;
        anchor_id anchor = 0;
        std::set<std::string, std::less<>> names;  // given so far, of a mapping
        node key;
        bool has_key = false;
        std::vector<node> merged;  // values of `<<`
    };
    struct anchored {
        node value;
        std::size_t nodes = 0;
        std::size_t height = 0;
    };

    void attach(node value, anchor_id anchor);
    void take_key(open_node& into, node key);
    void take_member(open_node& into, node value);
    void merge(open_node& into);
    void merge_one(open_node& into, const node& source);
    void remember(anchor_id anchor, const node& value);
    void count(std::size_t nodes, const position& at);
    void tell(complaint about);
    void check_tag(std::string_view tag, const position& at);

    complaint_list& out_;
    std::vector<open_node> open_;
    std::map<anchor_id, anchored> anchors_;
    std::size_t nodes_ = 0;
    node root_;
    bool started_ = false;
    bool closing_ = false;  // nothing more is read, hence nothing more complained about
};

}  // namespace nearside::config
