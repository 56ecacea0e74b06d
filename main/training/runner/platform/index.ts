import { linux } from './linux.ts'
import { other } from './other.ts'
import type { Platform } from './platform.ts'

export type { EnergyCounter, Platform, TreeUsage } from './platform.ts'
export const platform: Platform = process.platform === 'linux' ? linux : other
