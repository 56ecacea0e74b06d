import type { KnownVersion, ProjectId, VersionDetail } from '../../../shared/contract/index.ts'
import { modelsMessages } from '../../../shared/messages/models.ts'
import { Hash, KeyValue, Panel } from '../../design/index.ts'
import { EntryLink, formatCount, PlaceLink } from '../../state/index.ts'
import styles from './models.module.css'

const words = modelsMessages.imported

/** Where a version comes from that no run here made: what its importer says of it, signed for, and what was found. Nothing for any other. */
export function OutsidePanel({ detail: { project, imported, author, artifact, format, entry } }: { readonly detail: VersionDetail }) {
  if (!imported) return null
  const { kind, files, hash, source, licence, runsCode, code, gatesFrom, signedBy, bundle, known } = imported
  return (
    <Panel title={words.title} meta={known ? words.metaKnown : words.meta} actions={<EntryLink seq={entry} />} className={styles.outside}>
      <KeyValue
        pairs={[
          ...(known ? [{ label: words.known, value: <Known known={known} project={project} /> }] : []),
          { label: words.source, value: source },
          { label: words.licence, value: licence },
          { label: words.vouchedBy, value: author },
          { label: words.files[kind], value: <Hash value={artifact} isCopyable length={16} /> },
          { label: words.hashFrom, value: words.hash[hash] },
          ...(kind === 'folder' ? [{ label: words.content, value: words.filesOf(formatCount(files), format) }] : []),
          { label: words.code, value: [words.runsCode[runsCode], ...code.slice(0, 5).map(({ path, why }) => words.codeFile(path, why))].join('; ') },
          { label: words.cameSigned, value: signedBy === null ? words.unsigned : <Hash value={signedBy} isCopyable length={16} /> },
          ...(bundle ? [{ label: words.bundleLabel, value: words.bundle(bundle.model, bundle.version, bundle.origin, formatCount(bundle.size)) }] : []),
          { label: words.gates, value: gatesFrom === null ? words.noGates : words.gatesFrom(formatCount(gatesFrom)) },
        ]}
      />
    </Panel>
  )
}

/** The version that was here with this content: its page has what was recorded of it and where it stands. */
function Known({ known: { project, model, version, run, entry }, project: own }: { readonly known: KnownVersion; readonly project: ProjectId }) {
  return (
    <>
      <PlaceLink to={{ page: 'version', project, model, version }}>{words.knownVersion(model, version)}</PlaceLink>
      {project !== own && ` ${words.knownIn(project)}`}
      {run !== null && (
        <>
          {', '}
          <PlaceLink to={{ page: 'run', project, run }}>{words.knownRun(run)}</PlaceLink>
        </>
      )}
      {', '}
      <PlaceLink to={{ page: 'ledger', seq: entry }}>{words.knownEntry(formatCount(entry))}</PlaceLink>
    </>
  )
}
