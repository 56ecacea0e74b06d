import type { VersionDetail } from '../../../shared/contract/index.ts'
import { modelsMessages as words } from '../../../shared/messages/models.ts'
import { Banner, PanelSection, Row, Tag } from '../../design/index.ts'
import { useAction, useApi, useMay } from '../../state/index.ts'
import { versionDetail } from './version-resources.ts'

const text = words.labels

/** What a version is called besides its number, and what is noted about it. */
export function VersionLabels({ detail }: { readonly detail: VersionDetail }) {
  const api = useApi()
  const mayLabel = useMay('model.label', detail)
  const { project, model, version, aliases, tags } = detail
  const key = { project, model, version }
  const { start: remove, failure } = useAction(async (kind: 'alias' | 'tag', name: string) => {
    versionDetail.set(key, await (kind === 'alias' ? api.call('models.removeAlias', { ...key, alias: name }) : api.call('models.removeTag', { ...key, key: name })))
  })
  const named = Object.entries(tags)
  if (aliases.length + named.length === 0) return null
  const removal = (kind: 'alias' | 'tag', name: string) => (mayLabel ? { remove: { label: text.remove(name), onPress: () => remove(kind, name) } } : {})
  return (
    <PanelSection title={text.title}>
      <Row gap={2} wraps>
        {aliases.map((alias) => (
          <Tag key={alias} tone="accent" icon="target" {...removal('alias', alias)}>
            {alias}
          </Tag>
        ))}
        {named.map(([name, value]) => (
          <Tag key={name} {...removal('tag', name)}>
            {text.tag(name, value)}
          </Tag>
        ))}
      </Row>
      {failure && <Banner kind="failure" title={failure.message} />}
    </PanelSection>
  )
}
