import { realpathSync } from 'node:fs'
import { sep } from 'node:path'
import { ProjectId, RequestError, type Client, type Project } from '../../shared/contract/index.ts'

/** The project named by `--project`, the one whose folder this is or lies in, or the only one there is. */
export async function chooseProject(client: Client, id: string | undefined, cwd = process.cwd()): Promise<Project> {
  if (id !== undefined) {
    const parsed = ProjectId.safeParse(id)
    if (!parsed.success) throw new RequestError('invalid-request', `'${id}' is not a project id: ${parsed.error.issues[0]?.message ?? ''}.`)
    return client.call('projects.get', { project: parsed.data })
  }
  const projects = await client.call('projects.list', {})
  const here = realpathSync(cwd)
  const around = projects.find(({ folder }) => here === folder || here.startsWith(folder + sep))
  const [only, second] = projects
  if (around) return around
  if (only && !second) return only
  throw new RequestError(
    'not-found',
    only ? `Say which project: --project ${projects.map((project) => project.id).join(' | ')}.` : "There is no project yet. Add one with 'strongroom project add FOLDER'.",
  )
}

/** A version as `MODEL:NUMBER`, `MODEL@ALIAS`, or `MODEL` for its newest. */
export async function chooseVersion(client: Client, project: ProjectId, text: string): Promise<{ project: ProjectId; model: string; version: number }> {
  const [, model, number, alias] = /^([^:@]+)(?::(\d+)|@([^:@]+))?$/.exec(text) ?? []
  if (model === undefined) throw new RequestError('invalid-request', `'${text}' does not name a version. Write MODEL:NUMBER, such as credit-risk:1, or MODEL@ALIAS.`)
  if (number !== undefined) return { project, model, version: Number(number) }
  const versions = (await client.call('models.list', { project })).filter((version) => version.model === model)
  const [newest] = versions
  if (!newest) throw new RequestError('not-found', `Project ${project} has no model ${model}.`)
  const chosen = alias === undefined ? newest : versions.find(({ aliases }) => aliases.includes(alias))
  if (!chosen) throw new RequestError('not-found', `No version of ${model} has the alias ${alias}.`)
  return { project, model, version: chosen.version }
}
