/** Which library may import which. The architecture is this table; everything below only enforces it. */
const MAY_IMPORT = {
  errors: [],
  task: ['errors'],
  contract: ['errors', 'task'],
  'event-store': ['contract', 'errors', 'task'], // task: the shape of the snapshot it keeps and of the events it returns
  registry: ['contract', 'errors'],
  settings: ['contract', 'errors'],
  policy: ['contract', 'errors', 'settings'],
  access: ['contract', 'errors', 'event-store', 'policy', 'registry', 'settings'],
  artifacts: ['contract', 'errors'],
  commands: ['access', 'artifacts', 'contract', 'errors', 'event-store', 'policy', 'registry', 'task'],
  streaming: ['contract', 'errors', 'event-store', 'task'],
  scheduling: ['access', 'artifacts', 'commands', 'contract', 'errors', 'event-store', 'task'],
  'read-models': ['access', 'contract', 'errors', 'event-store', 'registry', 'streaming', 'task'],
  audit: ['access', 'contract', 'errors', 'event-store'],
  execution: ['artifacts', 'contract', 'errors', 'registry', 'task'],
  transports: [
    'access',
    'artifacts',
    'audit',
    'commands',
    'contract',
    'errors',
    'policy',
    'read-models',
    'streaming',
    'task',
  ], // task: which statuses are final
  client: ['contract', 'errors', 'policy', 'task', 'transports'], // task, policy: it decides with the domain's own functions
  platform: ['contract', 'errors', 'registry', 'settings'], // registry: which agents and skills a configuration may name
};

/**
 * What an app may use. platform: what `doctor` probes; policy, settings: `policy test` reads and asks a policy with no
 * server; task: which statuses are final.
 */
const APPS_MAY_IMPORT = [
  'client',
  'contract',
  'errors',
  'platform',
  'policy',
  'registry',
  'server',
  'settings',
  'task',
];

/** Which npm packages belong to whom; anyone else importing one is a leak. */
const OWNED_BY = {
  '@nestjs/cqrs': ['access'],
  '@nats-io/': ['artifacts', 'platform', 'streaming', 'transports/nats'],
  'ai|@ai-sdk/[^/]+|@agentclientprotocol/[^/]+|@modelcontextprotocol/[^/]+': ['execution'],
  passport: ['access'],
  '@electric-sql/': ['event-store'],
  'typeorm|pg': ['access', 'event-store', 'platform', 'read-models', 'scheduling'],
};

const SPEC = '\\.(spec|contract)\\.ts$';
const FRAMEWORK = 'node_modules/(@nestjs|typeorm|rxjs|pg|@nats-io|@electric-sql)/';
const CLIENT = ['^libs/transports/[^/]+/(client|wire)\\.ts$', '^libs/transports/[^/]+/client-[a-z]+\\.ts$'];
/** Loads the server when it is first asked for one, and not before. */
const LAZY = '^libs/transports/local/client\\.ts$';
/** What signs a request: a door of its own in contract, as a browser has no Node. */
const DEVICE_KEYS = '^libs/contract/dpop/index\\.ts$';
const IN_BROWSERS = [
  '^libs/(contract/dpop|errors|task)/',
  '^libs/transports/http/(client|wire)\\.ts$',
  '^libs/transports/http/client-[a-z]+\\.ts$',
];
const npm = (names) => `node_modules/(${names})`;
const libs = (names) => `^libs/(${names.join('|')})/`;
const rule = (name, from, to) => ({ name, severity: 'error', from, to });

export default {
  forbidden: [
    ...Object.entries(MAY_IMPORT).map(([lib, allowed]) =>
      rule(
        `${lib} imports only ${allowed.join(', ') || 'nothing'}`,
        { path: libs([lib]), pathNot: [SPEC, LAZY] },
        { path: '^libs/', pathNot: libs([lib, ...allowed]) },
      ),
    ),
    ...Object.entries(OWNED_BY).map(([names, owners]) =>
      rule(
        `${names} belongs to ${owners.join(', ')}`,
        { path: '^(apps|libs)/', pathNot: [libs([...owners, 'server']), SPEC] },
        { path: `node_modules/(${names})(/|$)` },
      ),
    ),
    rule(
      'a lib is entered by its index',
      { path: '^(?:apps|libs)/([^/]+)/' },
      {
        path: '^libs/[^/]+/',
        pathNot: [
          '^libs/$1/',
          '^libs/[^/]+/index\\.ts$',
          '^libs/transports/[^/]+/(client|index)\\.ts$',
          DEVICE_KEYS,
        ],
      },
    ),
    rule(
      'a file without a dot in its name knows no framework',
      { path: '^libs/.+/[^./]+[.]ts$', pathNot: '/index[.]ts$' },
      { path: FRAMEWORK },
    ),
    rule(
      'a client carries no server',
      { path: ['^libs/client/', ...CLIENT], pathNot: SPEC },
      {
        path: [FRAMEWORK, '^libs/'],
        pathNot: ['^libs/(client|contract|errors|policy|task)/', ...CLIENT],
        dynamic: false,
      },
    ),
    rule(
      'what a browser runs is all made for it',
      { path: IN_BROWSERS, pathNot: SPEC },
      { path: ['^libs/'], pathNot: IN_BROWSERS, dependencyTypesNot: ['type-only'] },
    ),
    rule(
      'a browser has nothing of Node',
      { path: IN_BROWSERS, pathNot: SPEC },
      { dependencyTypes: ['core'] },
    ),
    rule(
      `apps import only ${APPS_MAY_IMPORT.join(', ')}, and never each other`,
      { path: '^apps/([^/]+)/' },
      { path: '^(apps|libs)/', pathNot: ['^apps/$1/', libs(APPS_MAY_IMPORT)] },
    ),
    rule(
      'a new lib needs a row in the table',
      { path: '^libs/', pathNot: libs([...Object.keys(MAY_IMPORT), 'server']) },
      {},
    ),
    rule('no cycles', {}, { circular: true }),
    rule('apps are leaves', { path: '^(libs|test)/' }, { path: '^apps/' }),
    rule(
      'test support stays in tests',
      { path: '^(apps|libs)/', pathNot: SPEC },
      { path: ['^test/', SPEC, npm('vitest|@nestjs/testing')] },
    ),
    rule('no orphans', { orphan: true, pathNot: ['^apps/', '\\.d\\.ts$', '^bench/', '^test/'] }, {}),
    rule('everything resolves', {}, { couldNotResolve: true }),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true, // type-only imports count too
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['coderclaw-source', 'types', 'import', 'node', 'default'],
    },
  },
};
