// Understands a view: resolves every reference of its steps, infers the graph, compiles `out`. Everything wrong is told
// at once, each fault where it stands in the file. Runs at load; pure; any thread.
//
// What a reference in a step's URL or `each` may name:
//   {id}               a path or query parameter of the view
//   {project.owner_id} one value within the result of another step
//   {job.id}           within the item, in a step that has `each: .. as: job`
//   {metrics[2].id}    within one result of an `each` step, by its place
//   {metrics[job].id}  within what `metrics` got for the same item, in a step that goes over the same items
// An absent value (null, missing) skips the step, or the one item of an `each` step; its value is then null, and what
// needs it is skipped too. One exception: a query pair `name={parameter}` whose parameter the view declares as null is
// left out of the URL while nobody sends it.
// A step that nothing refers to and `out` doesn't show still runs: a required one guards the view (its 403 or 404 is
// the view's failure).
#pragma once

#include "aggregators/plan.h"
#include "config/settings.h"

#include <memory>
#include <vector>

namespace nearside::aggregators {

// Null when something is wrong; `complaints` then is not empty.
std::shared_ptr<const plan> make_plan(const config::view_settings& view, const config::settings& all,
                                      std::vector<config::complaint>& complaints);

}  // namespace nearside::aggregators
