import { useEffect, useState } from 'react'
import type { Coverage, ModelStage, Pack, ProjectId, VersionSummary } from '../../../shared/contract/index.ts'
import { evidenceMessages as words } from '../../../shared/messages/evidence.ts'
import { Body, Button, EmptyState, Panel, Select, Unread, ViewBar } from '../../design/index.ts'
import { formatDay, lastVersion, navigate, rememberVersion, settleAddress, useMay, versionList, type VersionKey } from '../../state/index.ts'
import { CoveragePanel } from './coverage-panel.tsx'
import styles from './evidence.module.css'
import { coverage } from './evidence-resources.ts'
import { GapsPanel } from './gaps-panel.tsx'
import type { RowFilter } from './matrix.ts'
import { NewPack } from './new-pack.tsx'
import { ObligationPanel } from './obligation-panel.tsx'
import { ObligationsPanel } from './obligations-panel.tsx'
import { PacksPanel } from './packs-panel.tsx'
import { ReportView } from './report-view.tsx'
import { versionToAssess } from './version-choice.ts'

export interface EvidencePageProps {
  readonly project: ProjectId
  /** The version to assess; without it, the one that versionToAssess finds, which the address then names. */
  readonly model?: string | undefined
  readonly version?: number | undefined
}

/** What the recorded facts support for one version, what is missing, and the packs that leave the house. */
export function EvidencePage({ project, model, version }: EvidencePageProps) {
  const { value: versions, error, reload } = versionList.use(project)
  const [report, setReport] = useState<Pack | null>(null)
  if (report) return <ReportView pack={report} onClose={() => setReport(null)} />
  if (versions === undefined) {
    return (
      <>
        <ViewBar title={words.title} />
        <Body>
          <Panel title={words.coverage}>
            <Unread title={words.failed} error={error} onRetry={reload} loading={words.loading} lines={14} />
          </Panel>
        </Body>
      </>
    )
  }
  const instead = versionToAssess(versions, lastVersion(project))
  const chosen = model === undefined ? instead : versions.find((each) => each.model === model && each.version === version)
  if (!chosen) {
    return (
      <>
        <ViewBar title={words.title} />
        <Body>
          <Panel title={words.coverage} isTitleHidden>
            <EmptyState
              icon="evidence"
              title={instead ? words.noSuchVersion(words.versionName(model ?? '', version ?? 0)) : words.noVersions}
              action={
                instead ? (
                  <Button onPress={() => navigate({ page: 'evidence', project, model: instead.model, version: instead.version })}>
                    {words.showInstead(words.versionName(instead.model, instead.version))}
                  </Button>
                ) : (
                  <Button onPress={() => navigate({ page: 'pipeline', project })}>{words.openPipeline}</Button>
                )
              }
            >
              {instead ? undefined : words.noVersionsText}
            </EmptyState>
          </Panel>
        </Body>
      </>
    )
  }
  return <Assessment key={words.versionName(chosen.model, chosen.version)} chosen={chosen} isNamed={model !== undefined} versions={versions} onReport={setReport} />
}

interface AssessmentProps {
  readonly chosen: VersionSummary
  /** Whether the address names it. */
  readonly isNamed: boolean
  readonly versions: readonly VersionSummary[]
  readonly onReport: (pack: Pack) => void
}

function Assessment({ chosen, isNamed, versions, onReport }: AssessmentProps) {
  const key: VersionKey = { project: chosen.project, model: chosen.model, version: chosen.version }
  const { value, error, reload } = coverage.use(key)
  const [isPacking, setPacking] = useState(false)
  const may = useMay('evidence.export', chosen)
  const { project, model, version } = chosen
  useEffect(() => {
    rememberVersion({ project, model, version })
    // A version that comes later must not take the place of the one in sight, least of all in the middle of a pack.
    if (!isNamed) settleAddress({ page: 'evidence', project, model, version })
  }, [isNamed, project, model, version])
  const options = versions.map((each) => ({
    id: words.versionName(each.model, each.version),
    label: words.versionName(each.model, each.version),
    detail: each.stage,
  }))
  return (
    <>
      <ViewBar
        title={words.title}
        meta={value && words.asOf(formatDay(value.asOf))}
        actions={
          <>
            <div className={styles.choice}>
              <Select
                label={words.version}
                isLabelHidden
                options={options}
                value={words.versionName(chosen.model, chosen.version)}
                onChange={(id) => {
                  const next = versions.find((each) => words.versionName(each.model, each.version) === id)
                  if (next) navigate({ page: 'evidence', project: chosen.project, model: next.model, version: next.version })
                }}
              />
            </div>
            {may && (
              <Button kind={isPacking ? 'default' : 'primary'} icon="pack" isDisabled={value === undefined || isPacking} onPress={() => setPacking(true)}>
                {words.newPack}
              </Button>
            )}
          </>
        }
      />
      {value === undefined ? (
        <Body>
          <Panel title={words.coverage}>
            <Unread title={words.failed} error={error} onRetry={reload} loading={words.loading} lines={14} />
          </Panel>
        </Body>
      ) : (
        <Assessed version={key} stage={chosen.stage} coverage={value} isPacking={isPacking && may} mayPack={may} onPacking={setPacking} onReport={onReport} />
      )}
    </>
  )
}

interface AssessedProps {
  readonly version: VersionKey
  readonly stage: ModelStage
  readonly coverage: Coverage
  readonly mayPack: boolean
  readonly isPacking: boolean
  readonly onPacking: (isPacking: boolean) => void
  readonly onReport: (pack: Pack) => void
}

function Assessed({ version, stage, coverage: known, mayPack, isPacking, onPacking, onReport }: AssessedProps) {
  const [filter, setFilter] = useState<RowFilter | null>(null)
  const [selected, setSelected] = useState<string | null>(null)
  const row = known.rows.find(({ obligation }) => obligation === selected)
  return (
    <Body className={styles.page}>
      <div className={styles.main}>
        <CoveragePanel coverage={known} filter={filter} onFilter={setFilter} />
        <div className={styles.below}>
          <ObligationsPanel coverage={known} filter={filter} onFilter={setFilter} selected={selected} onSelect={setSelected} />
          <GapsPanel rows={known.rows} filter={filter} onFilter={setFilter} />
        </div>
      </div>
      {isPacking ? (
        <NewPack version={version} stage={stage} coverage={known} onClose={() => onPacking(false)} onReport={onReport} />
      ) : row ? (
        <ObligationPanel row={row} onClose={() => setSelected(null)} />
      ) : (
        <PacksPanel project={version.project} onReport={onReport} {...(mayPack ? { onNew: () => onPacking(true) } : {})} />
      )}
    </Body>
  )
}
