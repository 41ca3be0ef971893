/** The import table of docs/architecture.md. Types may cross where values may not. */
const folders = ['domain', 'store', 'workflows', 'workers', 'api', 'web', 'local', 'samples', 'bench', 'test']
const mayImport = {
  domain: [],
  store: ['domain'],
  workflows: ['domain'],
  workers: ['domain', 'store'],
  api: ['domain', 'store'],
  web: ['domain'],
  local: ['store', 'domain', 'samples'],
  samples: ['domain'],
}
const packagesOf = {
  domain: ['zod', '@marcbachmann/cel-js', 'ipaddr.js'],
  store: ['zod', 'kysely', 'pg', 'pg-copy-streams'],
  workflows: ['@temporalio/workflow', '@temporalio/common'],
  samples: [],
}

const betweenFolders = Object.entries(mayImport).map(([folder, allowed]) => ({
  name: `${folder}-imports-only-${allowed.join('-and-') || 'itself'}`,
  severity: 'error',
  from: { path: `^${folder}/` },
  to: {
    path: `^(${folders.filter((other) => other !== folder && !allowed.includes(other)).join('|')})/`,
    // Only api/main.ts puts the parts together.
    ...(folder === 'api' ? { pathNot: '^workers/parse/csv.ts$' } : {}),
  },
}))
const packages = Object.entries(packagesOf).map(([folder, allowed]) => ({
  name: `${folder}-packages`,
  severity: 'error',
  from: { path: `^${folder}/` },
  to: {
    dependencyTypes: ['npm', 'npm-dev', 'npm-optional', 'npm-peer'],
    ...(allowed.length > 0 ? { pathNot: `node_modules/(${allowed.join('|')})/` } : {}),
  },
}))

module.exports = {
  forbidden: [
    ...betweenFolders,
    ...packages,
    {
      name: 'only-main-wires-the-parser',
      severity: 'error',
      from: { path: '^api/', pathNot: '^api/main.ts$' },
      to: { path: '^workers/' },
    },
    { name: 'no-cycle', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-node-in-pure-code',
      severity: 'error',
      from: { path: '^(domain|workflows|samples|web)/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'no-zod-in-the-sandbox',
      severity: 'error',
      from: { path: '^workflows/' },
      to: { path: 'node_modules/zod/', reachable: true },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: false,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.mjs', '.cjs', '.js', '.json', '.css'],
    },
  },
}
