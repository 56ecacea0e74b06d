import type { Project } from '../../shared/contract/index.ts'
import { appMessages } from '../../shared/messages/app.ts'
import { projectsMessages } from '../../shared/messages/projects.ts'
import { Breadcrumbs, Chip, Header, IconButton, Menu, SearchButton, type Crumb } from '../design/index.ts'
import { navigate, type Address } from '../state/index.ts'
import { NoticeBell } from './notice-bell.tsx'

const words = appMessages.header
const ALL = '*'

export interface AppHeaderProps {
  readonly address: Address
  readonly crumbs: readonly Crumb[]
  /** The project in hand. */
  readonly project: Project | undefined
  readonly projects: readonly Project[]
  readonly onPalette: () => void
}

/** Where one is, the other projects, the palette and the notices. */
export function AppHeader({ address, crumbs, project, projects, onPalette }: AppHeaderProps) {
  return (
    <Header
      actions={
        <>
          <SearchButton label={words.search} hint={words.searchHint} onPress={onPalette} />
          <NoticeBell />
        </>
      }
    >
      {projects.length > 0 && (
        <Menu<string>
          label={words.switchProject}
          placement="bottom start"
          trigger={<IconButton icon="sort" label={words.switchProject} size="small" />}
          entries={[
            ...projects.map(({ id, name, annexIII }) => ({
              id,
              label: name,
              detail: projectsMessages.classification(annexIII),
              ...(id === project?.id ? { icon: 'check' as const } : {}),
            })),
            { id: ALL, label: words.allProjects, icon: 'folder' as const },
          ]}
          onAction={(id) => {
            const chosen = projects.find((other) => other.id === id)
            navigate(chosen ? { page: 'overview', project: chosen.id } : { page: 'projects' })
          }}
        />
      )}
      <Breadcrumbs label={words.path} crumbs={crumbs} />
      {'project' in address && project && <Chip>{projectsMessages.classification(project.annexIII)}</Chip>}
    </Header>
  )
}
