// Runs the suite against a cache and lets it judge the results by its own rules (a test counts only when what it depends
// on holds). Progress of a dumped test goes to standard output, the judged results as JSON to a file.
//   node run_suite.mjs SUITE BASE_URL OUTPUT [--only ID] [--dump]
import fs from 'node:fs'
import { parseArgs } from 'node:util'
import { pathToFileURL } from 'node:url'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { only: { type: 'string' }, dump: { type: 'boolean' } }
})
const [suite, base, output] = positionals

// Two layouts: of the npm package, and of the newer repository, which brings its own `fetch` and more files.
const isNewer = fs.existsSync(`${suite}/test-engine`)
const engine = isNewer ? `${suite}/test-engine` : suite
const load = path => import(pathToFileURL(path))

const { runTests, getResults } = await load(`${engine}/client/runner.mjs`)
const { determineTestResult } = await load(isNewer ? `${engine}/lib/results.mjs` : `${engine}/lib/display.mjs`)
// The old package's command adds tests of Surrogate-Control, which its tables of proxies leave out, and so do we.
const suites = (await load(`${suite}/tests/index.mjs`)).default

// Names of what determineTestResult() answers: its third part is the symbol that the suite prints.
const verdicts = {
  '✅': 'pass', '⛔️': 'fail', '⚠️': 'fail', Y: 'yes', N: 'no', '🔹': 'setup', '⁉️': 'harness', '⚪️': 'dependency', '↻': 'retry', '-': 'untested'
}

// All that a test depends on runs with it, else its verdict means nothing.
function needed (id, found = new Set()) {
  const test = suites.flatMap(one => one.tests).find(one => one.id === id)
  if (!test) throw new Error(`the suite has no test ${id}`)
  found.add(id)
  for (const other of test.depends_on ?? []) if (!found.has(other)) needed(other, found)
  return found
}

const wanted = values.only && needed(values.only)
const selected = !wanted
  ? suites
  : suites.map(one => ({ ...one, tests: one.tests.filter(test => wanted.has(test.id)) }))
if (values.dump) for (const one of selected) for (const test of one.tests) test.dump = test.id === values.only

if (isNewer) {
  await runTests(selected, false, base)
} else {
  const { default: fetch } = await load(fs.realpathSync(`${suite}/../node-fetch/lib/index.mjs`))
  await runTests(selected, fetch, false, base)
}

const results = getResults()
const judged = suites.flatMap(one => one.tests
  .filter(test => test.browser_only !== true && (!wanted || wanted.has(test.id)))
  .map(test => {
    const symbol = determineTestResult(suites, test.id, results)[2]
    const result = results[test.id]
    return {
      group: one.id,
      id: test.id,
      name: test.name,
      kind: test.kind ?? 'required',
      verdict: verdicts[symbol] ?? symbol,
      reason: Array.isArray(result) ? result[1] : '',
      depends_on: test.depends_on ?? []
    }
  }))
fs.writeFileSync(output, JSON.stringify(judged))
process.exit(0) // kept connections would hold it
