import { join } from 'node:path'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createLedgerOf, createPerson, snapshotFact } from '../ledger/fixtures.ts'
import { Ledger, openCatalogueFile, type Fact } from '../ledger/index.ts'
import { openDatabase } from '../storage/index.ts'
import { Authority, standingBy } from './authority.ts'

const PEOPLE = ['p-000000aa', 'p-000000bb', 'p-000000cc']
const ROLES = ['administrator', 'engineer', 'approver', 'auditor', 'checker']
const person = fc.constantFrom(...PEOPLE.slice(1))
const role = fc.constantFrom(...ROLES)
const scope = { kind: 'project', project: 'credit' }

/** What an administrator signs of accounts, roles and the policy. */
const fact: fc.Arbitrary<Fact> = fc.oneof(
  fc.record({ person, roles: fc.subarray(ROLES) }).map((detail) => ({ action: 'person.roles.changed', subject: [], detail })),
  fc.record({ action: fc.constantFrom('person.granted', 'person.revoked'), person, role }).map(({ action, ...detail }) => ({ action, subject: [], detail: { ...detail, scope } })),
  person.map((each) => ({ action: 'person.deactivated', subject: [], detail: { person: each } })),
  fc.constantFrom<Fact[]>({ action: 'role.defined', subject: [], detail: { role: 'checker', sentence: 'Checks.', permissions: ['project.read'] } }, { action: 'role.removed', subject: [], detail: { role: 'checker' } }),
  fc.constantFrom('yes', 'no').map((administratorsDecide) => ({ action: 'policy.changed', subject: [], detail: { administratorsDecide } })),
  fc.nat().map(snapshotFact),
)

/** What is done in turn: something is signed, a term is deleted from the index or all that were are put back, by another connection to the file; or the ledger is opened again. */
const step = fc.oneof(
  { weight: 4, arbitrary: fact.map((signed) => ({ kind: 'sign' as const, signed })) },
  { weight: 2, arbitrary: fc.constantFrom('person.roles.changed', 'person.revoked', 'person.granted', 'person.deactivated', 'role.defined', 'role.removed', 'policy.changed', 'person.enrolled').map((action) => ({ kind: 'hide' as const, action })) },
  { weight: 1, arbitrary: fc.constantFrom({ kind: 'put back' as const }, { kind: 'open' as const }) },
)

it('what is hidden from the search index changes nobody’s roles, while it is hidden, after it was put back, and in the next process', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 8, maxLength: 24 }), (steps) => {
      const { db, options, folder, databasePath, ledger: created, orchestrator, highWater } = createLedgerOf(1)
      const attacker = openDatabase(databasePath)
      const withFile = { ...options, catalogue: openCatalogueFile(join(folder, 'catalogue')) }
      const [ada, ...others] = PEOPLE.map((each) => createPerson(each, each === PEOPLE[0] ? ['administrator'] : ['approver']))
      if (ada === undefined) throw new Error('there is somebody')
      created.commit((tx) => tx.append(orchestrator, ada.enrolled))
      for (const other of others) created.commit((tx) => tx.append(ada.signer, other.enrolled))
      const hidden: [string, number, Buffer][] = []
      let ledger = created
      let authority = new Authority(ledger)
      for (const each of steps) {
        if (each.kind === 'sign') ledger.commit((tx) => tx.append(ada.signer, each.signed))
        else if (each.kind === 'hide') {
          // So that it stands there to be deleted.
          ledger.count({ action: each.action })
          hidden.push(...(attacker.prepare('DELETE FROM ledger_terms WHERE term = ? RETURNING term, block, seqs').raw().all(`=${each.action}`) as [string, number, Buffer][]))
        } else if (each.kind === 'put back') {
          for (const row of hidden.splice(0)) attacker.prepare('INSERT OR REPLACE INTO ledger_terms VALUES (?, ?, ?)').run(...row)
        } else {
          ledger.keepCatalogue()
          ledger = Ledger.open(db, withFile)
          authority = new Authority(ledger)
        }
        const all = ledger.entries({ limit: ledger.size })
        for (const at of [ledger.size, ledger.size >> 1]) {
          const [found, expected] = [authority.at(at), standingBy(all.filter(({ seq }) => seq < at))]
          expect(PEOPLE.map((one) => found.holdings(one))).toEqual(PEOPLE.map((one) => expected.holdings(one)))
          expect([found.roles, found.policy, found.members]).toEqual([expected.roles, expected.policy, expected.members])
        }
      }
      attacker.close()
      highWater.close()
      db.close()
    }),
    { numRuns: 6 },
  )
}, 60_000)
