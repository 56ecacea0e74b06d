/**
 * Directions between folders: a folder imports only what stands below it, and only another domain's index.ts.
 * desktop, headless, cli -> client; orchestrator -> domains -> identity -> ledger -> storage -> content; domains -> content; whoever speaks over a socket -> wire; shared imports nobody; renderer never imports main.
 */
const DOMAINS = 'projects|steps|datasets|pipelines|training|experiments|registry|serving|monitoring|evidence|anchors|witness|backup'

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } } },
    { name: 'shared-imports-nobody', severity: 'error', from: { path: '^shared/' }, to: { path: '^(main|renderer)/' } },
    { name: 'renderer-knows-no-main', severity: 'error', from: { path: '^renderer/' }, to: { path: '^main/' } },
    { name: 'main-knows-no-renderer', severity: 'error', from: { path: '^main/' }, to: { path: '^renderer/' } },
    { name: 'only-desktop-imports-electron', severity: 'error', from: { pathNot: '^main/desktop/' }, to: { path: 'node_modules/electron/' } },
    { name: 'only-storage-imports-sqlite', severity: 'error', from: { path: '^main/', pathNot: '^main/storage/' }, to: { path: 'node_modules/better-sqlite3/' } },
    { name: 'client-knows-no-domain', severity: 'error', from: { path: '^main/client/' }, to: { path: '^main/(?!client/|wire/)' } },
    { name: 'wire-is-lowest', severity: 'error', from: { path: '^main/wire/' }, to: { path: '^main/(?!wire/)' } },
    { name: 'content-is-lowest', severity: 'error', from: { path: '^main/content/', pathNot: '\\.test\\.ts$' }, to: { path: '^main/(?!content/)' } },
    {
      name: 'runners-open-no-database',
      comment: 'One runs for each stage, for hours.',
      severity: 'error',
      from: { path: '^main/training/runner/', pathNot: '\\.test\\.ts$' },
      to: { path: 'node_modules/better-sqlite3/', reachable: true },
    },
    { name: 'storage-above-content', severity: 'error', from: { path: '^main/storage/' }, to: { path: '^main/(?!storage/|content/)' } },
    { name: 'ledger-above-storage', severity: 'error', from: { path: '^main/ledger/' }, to: { path: '^main/(?!ledger/|storage/)' } },
    { name: 'identity-above-ledger', severity: 'error', from: { path: '^main/identity/' }, to: { path: '^main/(?!identity/|ledger/|storage/)' } },
    {
      name: 'domains-look-down',
      severity: 'error',
      from: { path: `^main/(${DOMAINS})/`, pathNot: '\\.test\\.ts$' },
      to: { path: '^main/(?!$1/|ledger/|identity/|storage/|content/|wire/)', dependencyTypesNot: ['type-only'] },
    },
    { name: 'orchestrator-below-faces', severity: 'error', from: { path: '^main/orchestrator/' }, to: { path: '^main/(desktop|headless|cli)/' } },
    {
      name: 'faces-are-clients',
      comment: 'A window, a gateway and a command line ask over the socket; they hold no domain. Steps, a witness, the check of a copy of a ledger, backups that are there, and a pipeline in its folder need no orchestrator.',
      severity: 'error',
      from: { path: '^main/(desktop|headless|cli)/', pathNot: '\\.test\\.ts$' },
      to: { path: '^main/(?!client/|wire/|desktop/|headless/|cli/|steps/|witness/|ledger/|backup/|pipelines/)' },
    },
    {
      name: 'one-public-face',
      comment: 'Another folder imports a domain only through its index.ts.',
      severity: 'error',
      from: { path: '^main/([^/]+)/', pathNot: '\\.test\\.ts$' },
      to: { path: '^main/([^/]+)/(?!index\\.ts$)', pathNot: '^main/$1/' },
    },
    { name: 'features-apart', severity: 'error', from: { path: '^renderer/features/([^/]+)/' }, to: { path: '^renderer/features/', pathNot: '^renderer/features/$1/' } },
    { name: 'design-is-lowest', severity: 'error', from: { path: '^renderer/design/' }, to: { path: '^renderer/(features|app|bridge|state|canvas|charts|terminal)/' } },
    { name: 'features-below-app', severity: 'error', from: { path: '^renderer/features/' }, to: { path: '^renderer/app/' } },
    { name: 'state-below-features', severity: 'error', from: { path: '^renderer/state/' }, to: { path: '^renderer/(features|app|canvas|charts|terminal)/' } },
    { name: 'parts-know-no-view', severity: 'error', from: { path: '^renderer/(bridge|canvas|charts|terminal)/' }, to: { path: '^renderer/(features|app)/' } },
    { name: 'no-unresolved', comment: 'original-fs is in Electron itself.', severity: 'error', from: {}, to: { couldNotResolve: true, pathNot: '^original-fs$' } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'main/tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'], extensions: ['.ts', '.tsx', '.js', '.json', '.css'] },
  },
}
