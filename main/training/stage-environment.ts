import { delimiter } from 'node:path'

/**
 * What a stage inherits, by name. Everything else stays outside: the environment of whoever started the orchestrator may hold tokens
 * and passphrases, and a stage runs whatever the project says.
 */
const INHERITED = new Set([
  'HOME', 'USER', 'LOGNAME', 'SHELL', 'LANG', 'LANGUAGE', 'TZ', 'TMPDIR', 'LD_LIBRARY_PATH', 'DYLD_LIBRARY_PATH', 'LIBRARY_PATH',
  'VIRTUAL_ENV', 'PYTHONPATH', 'PYTHONHOME', 'PYENV_ROOT', 'PYENV_VERSION', 'JAVA_HOME',
  'R_HOME', 'R_LIBS', 'R_LIBS_USER', 'JULIA_DEPOT_PATH',
  'HF_HOME', 'TORCH_HOME', 'XDG_CACHE_HOME', 'XDG_CONFIG_HOME', 'XDG_DATA_HOME', 'XDG_RUNTIME_DIR',
  'SYSTEMROOT', 'WINDIR', 'COMSPEC', 'PATHEXT', 'TEMP', 'TMP', 'USERPROFILE', 'HOMEDRIVE', 'HOMEPATH', 'APPDATA', 'LOCALAPPDATA',
  'PROGRAMDATA', 'PROGRAMFILES', 'PROGRAMFILES(X86)', 'NUMBER_OF_PROCESSORS', 'PROCESSOR_ARCHITECTURE', 'SYSTEMDRIVE',
])
const INHERITED_PREFIXES = ['LC_', 'CUDA_', 'NVIDIA_', 'NCCL_', 'ROCR_', 'HIP_', 'OMP_', 'MKL_', 'OPENBLAS_', 'CONDA_']

/** The part of an environment that runners and stages may see, PATH included. */
export function inheritedEnvironment(parent: NodeJS.ProcessEnv): Record<string, string> {
  const environment: Record<string, string> = {}
  for (const [name, value] of Object.entries(parent)) {
    if (value === undefined) continue
    const upper = name.toUpperCase()
    const passes = upper === 'PATH' || INHERITED.has(upper) || INHERITED_PREFIXES.some((prefix) => upper.startsWith(prefix))
    if (passes && !isSecret(upper)) environment[upper === 'PATH' ? 'PATH' : name] = value
  }
  return environment
}

function isSecret(name: string): boolean {
  return /(TOKEN|SECRET|PASSWORD|PASSPHRASE|API_?KEY|CREDENTIAL)/.test(name)
}

/** The environment of a stage: what it may inherit, `binFolder` first in PATH, a terminal, where to write metrics and, if it has a folder for them, checkpoints. */
export function stageEnvironment(
  parent: NodeJS.ProcessEnv,
  stage: { binFolder: string | null; metricsPath: string; additions: Readonly<Record<string, string>>; checkpoint?: { folder: string; resume: boolean } | null },
): Record<string, string> {
  const inherited = inheritedEnvironment(parent)
  const path = inherited['PATH'] ?? '/usr/local/bin:/usr/bin:/bin'
  return {
    LANG: 'C.UTF-8',
    ...inherited,
    ...stage.additions,
    PATH: stage.binFolder === null ? path : `${stage.binFolder}${delimiter}${path}`,
    TERM: 'xterm-256color',
    PYTHONUNBUFFERED: '1',
    STRONGROOM_METRICS: stage.metricsPath,
    ...(stage.checkpoint && { STRONGROOM_CHECKPOINT: stage.checkpoint.folder, STRONGROOM_RESUME: stage.checkpoint.resume ? '1' : '0' }),
  }
}
