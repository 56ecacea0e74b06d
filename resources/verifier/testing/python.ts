import { existsSync } from 'node:fs'

/** The system's own Python where there is one: what stands before it on a PATH may choose among several, which takes ten times as long as to start one. */
export const PYTHON = existsSync('/usr/bin/python3') ? '/usr/bin/python3' : 'python3'
