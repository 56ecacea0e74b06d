import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { PYTHON } from './python.ts'

/** What a verifier says, but for its messages; `{unreadable}` and `{crashed}` stand for exit status 2 and for what must never happen. */
export interface Verdict {
  readonly ok?: boolean
  readonly findings?: readonly { readonly code: string; readonly file: string }[]
  readonly proved?: readonly string[]
  readonly losses?: unknown
  readonly notProved?: readonly string[]
  readonly unreadable?: true
  readonly crashed?: string
  readonly [member: string]: unknown
}

interface Module {
  readonly verifyPack: (path: string, options?: { key?: string }) => { findings: { code: string; file: string; message?: string }[] }
  readonly PackUnreadable: new () => Error
}

const script = (name: string) => fileURLToPath(new URL(name, import.meta.url))

/** Both verifiers, ready to judge many packs: verify.mjs in this process, verify.py in one that lives until `close`. */
export async function startVerifiers(): Promise<{ judge: (path: string, key?: string) => Promise<{ mjs: Verdict; py: Verdict }>; close: () => void }> {
  const { verifyPack, PackUnreadable } = (await import(pathToFileURL(script('../verify.mjs')).href)) as Module
  const child = spawn(PYTHON, [script('both-verifiers.py')], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()

  const judgeByNode = (path: string, key?: string): Verdict => {
    try {
      const report = verifyPack(path, key === undefined ? {} : { key })
      for (const finding of report.findings) delete finding.message
      return report as unknown as Verdict
    } catch (error) {
      return error instanceof PackUnreadable ? { unreadable: true } : { crashed: String(error) }
    }
  }
  const judge = async (path: string, key?: string) => {
    child.stdin.write(`${JSON.stringify([path, key ?? null])}\n`)
    const mjs = judgeByNode(path, key)
    const { value, done } = await lines.next()
    if (done === true) throw new Error(`verify.py ended while it judged ${path}`)
    return { mjs, py: JSON.parse(value as string) as Verdict }
  }
  return { judge, close: () => child.stdin.end() }
}
