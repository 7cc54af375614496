/** Which folder may import which: DESIGN's table, see ARCHITECTURE.md. */
const SHAPES = '^src/routers/(split-route|subsets)/';
const FOLDERS = {
  api: [],
  stats: [],
  ports: ['api'],
  analysis: ['api', 'stats', 'ports:type'],
  engine: ['api', 'analysis', 'ports:type'],
  kube: ['api', 'ports'],
  routers: ['api', 'ports'],
  metrics: ['api', 'ports'],
  tasks: ['api', 'ports'],
  workloads: ['api', 'ports'],
  controller: ['api', 'engine', 'analysis', 'ports'],
  sandbox: ['api', 'engine', 'analysis', 'ports'],
  cli: ['api', 'engine', 'analysis', 'stats', 'ports', 'controller', 'sandbox'],
};
const rules = Object.entries(FOLDERS).flatMap(([from, allowed]) => {
  const value = allowed.filter((f) => !f.endsWith(':type'));
  const typeOnly = allowed.filter((f) => f.endsWith(':type')).map((f) => f.replace(':type', ''));
  const self = `^src/${from}/`;
  const own = from === 'routers' || from === 'metrics' || from === 'tasks' || from === 'workloads';
  const base = [
    {
      name: `${from}-imports`,
      severity: 'error',
      comment: `src/${from} may import only: ${[from, ...allowed].join(', ')}`,
      from: { path: self, pathNot: '\\.test\\.ts$' },
      to: { path: '^src/', pathNot: [self, ...[...value, ...typeOnly].map((f) => `^src/${f}/`)] },
    },
  ];
  if (typeOnly.length > 0)
    base.push({
      name: `${from}-types-only`,
      severity: 'error',
      comment: `src/${from} may import only types from ${typeOnly.join(', ')}`,
      from: { path: self, pathNot: '\\.test\\.ts$' },
      to: { path: typeOnly.map((f) => `^src/${f}/`), dependencyTypesNot: ['type-only'] },
    });
  if (own)
    base.push({
      name: `${from}-siblings`,
      severity: 'error',
      comment: `implementations in src/${from} never import each other`,
      from: { path: `^src/${from}/([^/]+)/`, pathNot: '\\.test\\.ts$' },
      // What routers of one shape have in common is a folder of its own.
      to: { path: self, pathNot: [`^src/${from}/$1/`, `^src/${from}/[^/]+\\.ts$`, SHAPES] },
    });
  return base;
});
module.exports = {
  forbidden: [
    ...rules,
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'nothing-imports-main',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.test\\.ts$' },
      to: { path: '^src/main\\.ts$' },
    },
    {
      name: 'no-testing-in-product',
      severity: 'error',
      from: { path: '^src/', pathNot: ['\\.test\\.ts$', '^src/testing/', '^src/simulator/'] },
      to: { path: '^src/testing/' },
    },
    {
      name: 'no-simulator-in-product',
      severity: 'error',
      comment: 'src/simulator may import anything and is imported by its own command only',
      from: { path: '^src/', pathNot: '^src/simulator/' },
      to: { path: '^src/simulator/' },
    },
    {
      name: 'pure-folders',
      severity: 'error',
      comment: 'api, stats, analysis and engine do no I/O: take a port instead',
      from: { path: '^src/(api|stats|analysis|engine)/', pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['core'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { extensions: ['.ts', '.js', '.mjs'] },
  },
};
