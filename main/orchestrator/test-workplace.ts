import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Person } from '../../shared/contract/index.ts'
import { dataFolder, findInstallation, SOFTWARE } from '../client/index.ts'
import type { Actor, NewPerson } from '../identity/index.ts'
import { Workplace, type WorkplaceOptions } from './workplace.ts'

export const PASSPHRASE = 'a long passphrase'
const FIRST_PASSPHRASE = 'what the administrator typed'

/** A workplace in a folder of its own unless one is given, set up by Asta, its administrator, where nobody has, unless its ledger is to be continued. Keys are sealed cheaply; a fault that no request waits for is thrown. */
export async function openTestWorkplace({ origin, ...options }: Partial<WorkplaceOptions> & { readonly origin?: string } = {}): Promise<Workplace> {
  const workplace = await Workplace.open({
    folder: dataFolder(mkdtempSync(join(tmpdir(), 'workplace-'))),
    installation: findInstallation(),
    software: SOFTWARE,
    clock: Date.now,
    emit: () => undefined,
    emitTo: () => undefined,
    onFault: (error) => {
      throw error
    },
    scrypt: { cost: 1 << 10, blockSize: 8, parallelization: 1 },
    ...options,
  })
  if (workplace.services === null && options.evenShort !== true) await workplace.setUp({ organisation: 'Test', origin, administrator: { handle: 'asta', displayName: 'Asta', passphrase: PASSPHRASE } })
  return workplace
}

/** Enrols somebody by the administrator's key, who then chooses `PASSPHRASE`: until they choose one of their own they sign nothing of consequence. */
export async function enrolWithOwnPassphrase(workplace: Workplace, admin: Actor, newPerson: Pick<NewPerson, 'handle' | 'displayName' | 'roles'>): Promise<Person> {
  const { people, sessions } = workplace.ready()
  const person = await people.enrol(admin, { ...newPerson, passphrase: FIRST_PASSPHRASE })
  const clientKey = newPerson.handle.padEnd(64, '-')
  await sessions.open(clientKey, newPerson.handle, FIRST_PASSPHRASE)
  await sessions.changePassphrase(clientKey, FIRST_PASSPHRASE, PASSPHRASE)
  sessions.close(clientKey)
  return person
}
