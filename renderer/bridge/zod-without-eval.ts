import { z } from 'zod'

/** The window's policy forbids `eval`, which zod would try once. Must run before any schema is made: import the bridge before the contract. */
z.config({ jitless: true })
