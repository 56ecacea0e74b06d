import { useState } from 'react'
import { ProjectId, type Project } from '../../../shared/contract/index.ts'
import { projectsMessages as words } from '../../../shared/messages/projects.ts'
import { Body, Button, type Column, EmptyState, Link, Panel, Row, RunState, Table, Text, Unread, ViewBar } from '../../design/index.ts'
import { formatAddress, navigate, projectList, runList, useMay } from '../../state/index.ts'
import { AddDialog } from './add-dialog.tsx'
import { SampleDialog } from './sample-dialog.tsx'

const addressOf = ({ id }: Project) => formatAddress({ page: 'overview', project: id })

const COLUMNS: readonly Column<Project>[] = [
  { id: 'system', header: words.columns.system, look: 'strong', cell: (project) => <Link href={addressOf(project)}>{project.name}</Link>, text: ({ name }) => name },
  { id: 'id', header: words.columns.id, look: 'dim', cell: ({ id }) => id, text: ({ id }) => id },
  { id: 'role', header: words.columns.role, cell: (project) => describeRoles(project), text: describeRoles },
  { id: 'annex', header: words.columns.annexIII, cell: ({ annexIII }) => words.classification(annexIII), text: ({ annexIII }) => words.classification(annexIII) },
  { id: 'run', header: words.columns.run, cell: ({ id }) => <LatestRun project={id} />, text: () => '' },
  { id: 'folder', header: words.columns.folder, look: 'dim', width: '34%', cell: ({ folder }) => <Text size="small" isMono isCut title={folder}>{folder}</Text>, text: ({ folder }) => folder },
]

function openProject(key: string): void {
  const project = ProjectId.safeParse(key)
  if (project.success) navigate({ page: 'overview', project: project.data })
}

type OpenDialog = 'add' | 'sample' | null

/** Every project of the workplace, and the two ways to a new one. */
export function ProjectsPage() {
  const { value: projects, error, reload } = projectList.use('projects')
  const [dialog, setDialog] = useState<OpenDialog>(null)
  const [selected, setSelected] = useState<string | null>(null)
  const mayManage = useMay('project.manage')
  const close = () => setDialog(null)
  const isEmpty = projects?.length === 0
  const ways = mayManage && (
    <>
      <Button icon="folder" onPress={() => setDialog('add')}>
        {words.add}
      </Button>
      <Button kind="primary" icon="plus" onPress={() => setDialog('sample')}>
        {words.fromSample}
      </Button>
    </>
  )
  return (
    <>
      <ViewBar
        title={words.title}
        meta={projects && !isEmpty && words.count(projects.length)}
        actions={!isEmpty && ways}
      />
      <Body>
        <Panel title={words.title} isTitleHidden isFlush={!isEmpty && projects !== undefined}>
          {projects === undefined ? (
            <Unread title={words.failed} error={error} onRetry={reload} loading={words.loading} lines={6} />
          ) : isEmpty ? (
            <EmptyState icon="folder" title={words.empty} action={ways && <Row>{ways}</Row>}>
              {mayManage ? words.emptyText : words.emptyRefused}
            </EmptyState>
          ) : (
            <Table
              label={words.title}
              columns={COLUMNS}
              rows={projects}
              keyOf={({ id }) => id}
              selected={selected}
              onSelect={setSelected}
              onOpen={openProject}
            />
          )}
        </Panel>
      </Body>
      <AddDialog isOpen={dialog === 'add'} onClose={close} />
      <SampleDialog isOpen={dialog === 'sample'} onClose={close} />
    </>
  )
}

function LatestRun({ project }: { readonly project: Project['id'] }) {
  const mayRead = useMay('run.read', { project })
  const runs = runList.use(project).value
  const latest = runs?.[0]
  if (!mayRead) return <Text tone="dim">{words.runsNotRead}</Text>
  if (!runs) return null
  if (!latest) return <Text tone="dim">{words.noRun}</Text>
  return (
    <Row gap={2}>
      <RunState state={latest.state} label={words.run(latest.id)} />
    </Row>
  )
}

function describeRoles({ roles }: Project): string {
  return roles.map((role) => words.roles[role]).join(', ')
}
