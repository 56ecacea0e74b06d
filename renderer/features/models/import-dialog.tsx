import { useState } from 'react'
import type { ForeignModel, ForeignModelExamined, ProjectId } from '../../../shared/contract/index.ts'
import { everywhereMessages } from '../../../shared/messages/everywhere.ts'
import { modelsMessages } from '../../../shared/messages/models.ts'
import { Banner, Button, Dialog, DialogForm, Fold, Hash, Progress, Segmented, SignaturePanel, Stack, Text, TextField } from '../../design/index.ts'
import { formatBytes, formatCount, navigate, OwnPassphraseFirst, passphraseError, SignFailure, useAction, useApi, useLongTask, useSession } from '../../state/index.ts'
import { EMPTY_IMPORT, foreignModelOf, importProblems, missingFields, type ImportField } from './import-draft.ts'
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

function DescribeForm({ project, onClose, onExamined }: { readonly project: ProjectId; readonly onClose: () => void; readonly onExamined: (examined: Examined) => void }) {
  const api = useApi()
  const mustChoosePassphrase = useSession()?.person.passphraseBy === 'another'
  const [draft, setDraft] = useState(EMPTY_IMPORT)
  const [isTried, setTried] = useState(false)
  const { kind } = draft
  const problems = importProblems(project, draft)
  const read = useLongTask(async (options) => {
    const given = foreignModelOf(project, draft)
    onExamined({ given, found: await api.call('models.examine', given, options) })
  })
  const change = (name: ImportField) => (value: string) => setDraft((before) => ({ ...before, [name]: value }))
  const field = (name: ImportField) => ({ label: words[name], value: draft[name], onChange: change(name), error: isTried ? problems[name] : undefined })
  const choose = async (what: 'chooseFile' | 'chooseFolder') => change('path')((await api.desktop?.[what]()) ?? draft.path)
  const submit = () => {
    setTried(true)
    if (Object.keys(problems).length === 0) read.start()
  }
  // Nobody fills this in to be told at its end that their signature does not count yet.
  if (mustChoosePassphrase) return <OwnPassphraseFirst onClose={onClose} />
  return (
    <DialogForm onSubmit={submit} submitLabel={words.read} onCancel={onClose} missing={missingFields(draft).map((name) => words[name])} isBusy={read.progress !== null} failure={<SignFailure failure={read.failure} />}>
      <Text as="p" tone="dim">
        {words.text}
      </Text>
      <Segmented
        label={words.kind}
        isWide
        value={kind}
        onChange={(chosen) => setDraft({ ...draft, kind: chosen })}
        segments={[
          { id: 'plain', label: words.plain },
          { id: 'bundle', label: words.bundle },
        ]}
      />
      <div className={styles.path}>
        <TextField {...field('path')} description={words.pathHint[kind]} isMono autoFocus />
        {api.desktop && <Button onPress={() => void choose('chooseFile')}>{words.chooseFile}</Button>}
        {api.desktop && kind === 'plain' && <Button onPress={() => void choose('chooseFolder')}>{words.chooseFolder}</Button>}
      </div>
      <TextField {...field('model')} description={words.modelHint} isMono />
      <TextField {...field('source')} description={words.sourceHint} />
      <TextField {...field('licence')} description={words.licenceHint} />
      {kind === 'bundle' && <TextField {...field('logKey')} description={words.logKeyHint} isMono />}
      <Fold label={words.more[kind]} isHeldOpen={isTried && (problems.sha256 ?? problems.signature ?? problems.publicKey) !== undefined}>
        <TextField {...field('sha256')} description={words.sha256Hint} isMono />
        {kind === 'plain' && (
          <>
            <TextField {...field('signature')} description={words.signatureHint} isMono />
            <TextField {...field('publicKey')} isMono />
          </>
        )}
      </Fold>
      {read.progress && <Progress label={words.reading} value={read.progress.share} max={1} text={read.progress.text} />}
      {read.isCancellable && <Button onPress={read.cancel}>{everywhereMessages.cancel}</Button>}
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
