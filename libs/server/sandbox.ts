import { resolve } from 'node:path';
import type { Logger } from '#contract';
import { modelKeyFiles } from '#execution';
import type { ProcessSettings } from '#execution';
import type { Config } from '#platform';
import { runBy } from '#registry';

/** How this configuration has tasks' processes run. */
export function processSettings(
  config: Config,
  logger: Logger,
): ProcessSettings & Readonly<{ hidden: readonly string[] }> {
  const { sandbox, bwrap, allowedDomains, toolchains, limits = {} } = config.execution;
  return {
    sandbox,
    bwrap,
    allowedDomains,
    toolchains,
    limits: withoutUndefined(limits),
    local: config.mode === 'local-only',
    hidden: secretsOf(config),
    logger,
  };
}

/** What a task must not read although its workspace may hold it. */
const secretsOf = ({
  artifacts,
  customAgents,
  dataDir,
  nats,
  identity,
  mcpServers,
  worker,
}: Config): readonly string[] => [
  dataDir,
  artifacts.dir,
  worker.workRoot,
  ...[
    nats.passwordFile,
    ...Object.values(identity).map((provider) => provider?.clientSecretFile),
    ...runBy(customAgents, 'http').map(({ secretFile }) => secretFile),
    ...Object.values(mcpServers).map(({ tokenFile }) => tokenFile),
    ...modelKeyFiles(process.env),
  ]
    .filter((file) => file !== undefined)
    .map((file) => resolve(file)),
];

const withoutUndefined = <Values extends object>(values: Values) =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [Key in keyof Values]: NonNullable<Values[Key]>;
  };
