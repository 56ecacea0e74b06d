/** Its parameters need no file before their name. */
const DEFAULT_FILE = 'params.yaml'

/**
 * What a parameter is recorded as: `train.lr` for one of the project's own `params.yaml`, `conf/model.json:depth` for any other file,
 * `src/params.yaml` of a stage that works in `src` among them, as `dvc params` names them. The file is relative to the project folder.
 */
export function parameterName(file: string, key: string): string {
  return file === DEFAULT_FILE ? key : `${file}:${key}`
}

/** The file that a recorded parameter is of. */
export function parameterFile(name: string): string {
  return /^(.+?\.(?:yaml|yml|json|toml|py)):/i.exec(name)?.[1] ?? DEFAULT_FILE
}
