import type { VersionSummary } from '../../shared/contract/index.ts'

/** The text that greets whoever opens a pack. */
export function writeReadme(pack: { id: string; origin: string; treeSize: number; version: VersionSummary; logKey: string }): string {
  const { id, origin, treeSize, version, logKey } = pack
  return `Evidence pack ${id}
About ${version.model} version ${version.version}, from the ledger ${origin}, as it stood at ${treeSize} entries.

Read     data/report.html in any browser. It needs no connection.
Check    node verify.mjs --key KEY      (Node 18 or later)
         python3 verify.py --key KEY    (Python 3.9 or later)
         Both must say the same. They need nothing else and open no connection.
KEY      Ask the organisation for its ledger's verifier key by another way than this pack. This pack says that it is
         ${logKey}
         Without --key, the checks show that the pack agrees with itself, not whose ledger it is from.

A verifier that came with a pack was put there by whoever sent the pack: compare its SHA-256 with that of a copy of your own.

data/facts.json         what was recorded, each fact with the ledger entry and the place in it
data/claims.json        each row of each framework, with the facts that it rests on
data/gaps.csv           what is missing
data/traceability.csv   rows and facts side by side
data/omissions.json     which entries of the ledger are not in this pack, and why
data/disclosures.json   the names behind the person ids, opened against commitments in the entries
data/permissions.json    which role let somebody do what, and who held one, when the version was decided on
data/documents/         the reports that entries name, each in a folder named by its SHA-256

The pack shows what was recorded, by whom and in which order, and that it was not altered. It does not show that what was recorded is
true, that nothing went unrecorded, or that the law is met. data/report.html and the sentences in the pack are the exporter's own words.
`
}
