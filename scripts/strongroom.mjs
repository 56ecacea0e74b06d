#!/usr/bin/env node
/** `npx strongroom`: installs and builds what is missing, then runs the command line on the pinned Node. */
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { continueOn, prepare } from './bootstrap.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
continueOn(prepare(), join(root, 'build', 'main', 'strongroom.js'), process.argv.slice(2))
