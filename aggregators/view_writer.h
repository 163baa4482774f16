// Writes the text of a shape's contexts out of what was found for them: of a loop's items, as soon as the walk leaves
// them, and of the view at the end.
// Owned by one composition; one thread.
#pragma once

#include "aggregators/findings.h"
#include "aggregators/rope.h"
#include "aggregators/shape_program.h"
#include "aggregators/step_value.h"

#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace nearside::aggregators {

class view_writer {
public:
    // All of them outlive the writer.
    view_writer(const shape_program& program, std::span<const step_value> steps,
                const std::map<std::string, std::string, std::less<>>& parameters, std::vector<finding>& findings)
        : program_(program), steps_(steps), parameters_(parameters), findings_(findings) {}

    void write(context_id number, rope& out);

private:
    void write_list(element_id id, context_id number, rope& out);
    void write_single(element_id id, context_id number, rope& out);
    // False: none of them is an object.
    bool write_merge(const shape_merge& merge, rope& out);
    void write_parameter(const std::string& name, rope& out) const;
    // Each element is written in one place; where that place is the view itself, its text is handed over.
    void take(element_id id, context_id number, rope& out);

    const shape_program& program_;
    std::span<const step_value> steps_;
    const std::map<std::string, std::string, std::less<>>& parameters_;
    std::vector<finding>& findings_;
    std::size_t members_ = 0;  // of the object that was begun last
};

}  // namespace nearside::aggregators
