import { useState } from 'react'
import type { ForeignModel, ForeignModelExamined, ProjectId } from '../../../shared/contract/index.ts'
import { everywhereMessages } from '../../../shared/messages/everywhere.ts'
import { modelsMessages } from '../../../shared/messages/models.ts'
import { Banner, Button, Dialog, DialogForm, Fold, Hash, Progress, Segmented, SignaturePanel, Stack, Text, TextField } from '../../design/index.ts'
import { formatBytes, formatCount, navigate, passphraseError, SignFailure, useAction, useApi, useLongTask } from '../../state/index.ts'
import styles from './models.module.css'

const words = modelsMessages.importDialog

interface ImportDialogProps {
  readonly project: ProjectId
  readonly isOpen: boolean
  readonly onClose: () => void
}

/** Takes in a model from outside: what it is and where it comes from, then what was found, under which the importer signs. */
export function ImportDialog({ isOpen, ...rest }: ImportDialogProps) {
  return (
    <Dialog isOpen={isOpen} onClose={rest.onClose} title={words.title}>
      <ImportForm {...rest} />
    </Dialog>
  )
}

/** What was read, as it was asked for. */
interface Examined {
  readonly given: ForeignModel
  readonly found: ForeignModelExamined
}

function ImportForm({ project, onClose }: Omit<ImportDialogProps, 'isOpen'>) {
  const [examined, setExamined] = useState<Examined | null>(null)
  return (
    <>
      <div hidden={examined !== null}>
        <DescribeForm project={project} onClose={onClose} onExamined={setExamined} />
      </div>
      {examined && <SignForm {...examined} onBack={() => setExamined(null)} onClose={onClose} />}
    </>
  )
}

type Kind = 'plain' | 'bundle'

function DescribeForm({ project, onClose, onExamined }: { readonly project: ProjectId; readonly onClose: () => void; readonly onExamined: (examined: Examined) => void }) {
  const api = useApi()
  const [kind, setKind] = useState<Kind>('plain')
  const [path, setPath] = useState('')
  const [model, setModel] = useState('')
  const [source, setSource] = useState('')
  const [licence, setLicence] = useState('')
  const [sha256, setSha256] = useState('')
  const [signature, setSignature] = useState('')
  const [publicKey, setPublicKey] = useState('')
  const [logKey, setLogKey] = useState('')
  const isHalfSigned = kind === 'plain' && (signature === '') !== (publicKey === '')
  const isReady = [path, model, source, licence].every((each) => each.trim() !== '') && !isHalfSigned && (kind === 'plain' || logKey.trim() !== '')
  const read = useLongTask(async (options) => {
    const given: ForeignModel = {
      project, model: model.trim(), path: path.trim(), source: source.trim(), licence: licence.trim(),
      ...(sha256.trim() === '' ? {} : { sha256: sha256.trim().toLowerCase() }),
      ...(kind === 'bundle' ? { logKey: logKey.trim() } : signature === '' ? {} : { signature: { path: signature.trim(), publicKey: publicKey.trim() } }),
    }
    onExamined({ given, found: await api.call('models.examine', given, options) })
  })
  const choose = async (what: 'chooseFile' | 'chooseFolder') => setPath((await api.desktop?.[what]()) ?? path)
  return (
    <DialogForm onSubmit={() => read.start()} submitLabel={words.read} onCancel={onClose} isReady={isReady} isBusy={read.progress !== null}>
      <Text as="p" tone="dim">
        {words.text}
      </Text>
      <Segmented
        label={words.kind}
        isWide
        value={kind}
        onChange={setKind}
        segments={[
          { id: 'plain', label: words.plain },
          { id: 'bundle', label: words.bundle },
        ]}
      />
      <div className={styles.path}>
        <TextField label={words.path} description={words.pathHint[kind]} value={path} onChange={setPath} isMono autoFocus />
        {api.desktop && <Button onPress={() => void choose('chooseFile')}>{words.chooseFile}</Button>}
        {api.desktop && kind === 'plain' && <Button onPress={() => void choose('chooseFolder')}>{words.chooseFolder}</Button>}
      </div>
      <TextField label={words.model} description={words.modelHint} value={model} onChange={setModel} isMono />
      <TextField label={words.source} description={words.sourceHint} value={source} onChange={setSource} maxLength={500} />
      <TextField label={words.licence} description={words.licenceHint} value={licence} onChange={setLicence} maxLength={200} />
      {kind === 'bundle' && <TextField label={words.logKey} description={words.logKeyHint} value={logKey} onChange={setLogKey} isMono />}
      <Fold label={words.more[kind]}>
        <TextField label={words.sha256} description={words.sha256Hint} value={sha256} onChange={setSha256} isMono />
        {kind === 'plain' && (
          <>
            <TextField label={words.signature} description={words.signatureHint} value={signature} onChange={setSignature} isMono />
            <TextField label={words.publicKey} value={publicKey} onChange={setPublicKey} isMono error={isHalfSigned && signature !== '' ? words.keyMissing : undefined} />
          </>
        )}
      </Fold>
      {read.progress && <Progress label={words.reading} value={read.progress.share} max={1} text={read.progress.text} />}
      {read.isCancellable && <Button onPress={read.cancel}>{everywhereMessages.cancel}</Button>}
      {read.failure && <Banner kind="failure" title={read.failure.message} />}
    </DialogForm>
  )
}

function SignForm({ given, found, onBack, onClose }: Examined & { readonly onBack: () => void; readonly onClose: () => void }) {
  const api = useApi()
  const text = modelsMessages.imported
  const { kind, artifact, files, bytes, format, runsCode, code, signedBy, bundle, known, isSpdx, spdxMeant, gatesFrom, meaning, statement } = found
  const { start: sign, isBusy, failure } = useAction(async (passphrase: string) => {
    const { project, model, version } = await api.call('models.import', { ...given, artifact, statement, passphrase })
    onClose()
    navigate({ page: 'version', project, model, version })
  })
  const wrong = passphraseError(failure)
  return (
    <Stack gap={3}>
      {runsCode !== 'no' && (
        <Banner kind={runsCode === 'yes' ? 'warning' : 'note'} title={text.codeWarning[runsCode]}>
          {code.slice(0, 5).map(({ path, why }) => (
            <div key={path}>{text.codeFile(path, why)}</div>
          ))}
        </Banner>
      )}
      <SignaturePanel
        facts={[
          { label: words.found, value: text.size(kind, formatCount(files), formatBytes(bytes), format) },
          { label: modelsMessages.signedObject, value: <Hash value={artifact} isCopyable length={16} /> },
          { label: text.code, value: text.runsCode[runsCode] },
          { label: text.cameSigned, value: signedBy === null ? text.unsigned : <Hash value={signedBy} isCopyable length={16} /> },
          ...(bundle ? [{ label: words.bundle, value: text.bundle(bundle.model, bundle.version, bundle.origin, formatCount(bundle.size)) }] : []),
          ...(known ? [{ label: text.known, value: text.sameContent(text.knownVersion(known.model, known.version), known.run, formatCount(known.entry)) }] : []),
          ...(isSpdx ? [] : [{ label: text.licence, value: text.noSpdx(spdxMeant) }]),
          { label: text.gates, value: gatesFrom === null ? text.noGates : text.gatesFrom(formatCount(gatesFrom)) },
        ]}
        statementLabel={modelsMessages.signStatement(meaning)}
        statement={statement}
        passphraseLabel={modelsMessages.passphrase}
        signLabel={words.sign}
        consequence={words.consequence}
        onSign={sign}
        isBusy={isBusy}
        error={wrong}
      >
        <SignFailure failure={failure} />
      </SignaturePanel>
      <Button kind="ghost" icon="arrow-left" onPress={onBack} isDisabled={isBusy}>
        {words.back}
      </Button>
    </Stack>
  )
}
