// Asks the peer: one simulation a line on standard input, one result a line on
// standard output. The package's folder is the first argument.
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import { join } from 'node:path'

const require = createRequire(join(process.argv[2], 'package.json'))
const { runSimulation } = require('@cloud-copilot/iam-simulate')
for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  let out
  try {
    const r = await runSimulation(JSON.parse(line), {})
    out = r.resultType === 'error' ? { error: r.errors } : { result: r.overallResult }
  } catch (e) {
    out = { error: String(e) }
  }
  process.stdout.write(JSON.stringify(out) + '\n')
}
