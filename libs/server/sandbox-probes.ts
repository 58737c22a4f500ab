import { readFileSync } from 'node:fs';
import { SilentLogger } from '#contract';
import { MeshError } from '#errors';
import { HOW_TO_INSTALL, Processes, findBubblewrap, findCgroups } from '#execution';
import type { Confinement } from '#execution';
import { probe } from '#platform';
import type { Config, Probe } from '#platform';
import { processSettings } from './sandbox.js';

const DOCS = 'docs/sandbox.md';

/** What `coderclaw doctor` finds out about running tasks in a sandbox here. Makes a box and tries it. */
export async function sandboxProbes(config: Config): Promise<readonly Probe[]> {
  if (config.execution.sandbox === 'none')
    return [
      await probe('sandbox', '', () => 'none: tasks run with all your rights (execution.sandbox: none)'),
    ];
  const parts = process.platform === 'linux' ? [bubblewrap(config), userNamespaces(), cgroups()] : [];
  const found = await Promise.all([...parts, sandbox(config)]);
  return isNeeded(config) ? found : found.map((one) => tolerated(one));
}

/** On one's own machine a missing sandbox is a warning at the start of a worker, not a fault. */
const isNeeded = ({ mode, execution }: Config): boolean =>
  mode !== 'local-only' || execution.sandbox === 'bubblewrap';

const tolerated = ({ name, healthy, detail, remedy }: Probe): Probe => ({
  name,
  healthy: true,
  detail,
  ...(healthy ? {} : { remedy: remedy ?? DOCS }),
});

const bubblewrap = ({ execution }: Config) =>
  probe('bubblewrap', HOW_TO_INSTALL, async () => {
    const found = await findBubblewrap(execution.bwrap);
    if ('problem' in found) throw new Error(found.problem);
    const { path, version, missing } = found;
    if (missing.length > 0) throw new Error(`${path} is ${version} and lacks ${missing.join(', ')}`);
    return `${path}, version ${version}`;
  });

/** What switches namespaces off for users, where a kernel has the switch; and the values that mean "off". */
const SWITCHES: readonly (readonly [file: string, off: string])[] = [
  ['user/max_user_namespaces', '0'],
  ['kernel/unprivileged_userns_clone', '0'],
  ['kernel/apparmor_restrict_unprivileged_userns', '1'],
];

const userNamespaces = () =>
  probe('user namespaces', `allow them by sysctl, or for bwrap alone by an AppArmor profile: ${DOCS}`, () => {
    const off = SWITCHES.find(([file, value]) => process.getuid?.() !== 0 && sysctl(file) === value);
    if (off) throw new Error(`${off[0].replace('/', '.')} is ${off[1]}`);
    return `allowed, up to ${sysctl('user/max_user_namespaces') ?? 'any number'}`;
  });

function sysctl(file: string): string | null {
  try {
    return readFileSync(`/proc/sys/${file}`, 'utf8').trim();
  } catch {
    return null;
  }
}

/** Without them a box holds, but its limits are weaker: said, and no fault. */
const cgroups = () =>
  probe('cgroups', '', () => {
    const { detail, grouped } = findCgroups();
    const weak = grouped.memory && grouped.processes ? '' : `; limits are weaker so: ${DOCS} ("Limits")`;
    return `${detail}${weak}`;
  });

const AS_ROOT = '; better as a user of its own: what tasks write belongs to root here';

const SAID: {
  readonly [Kind in Confinement['kind']]: (found: Extract<Confinement, { kind: Kind }>) => string;
} = {
  bubblewrap: ({ detail }) => `holds: ${detail}${process.getuid?.() === 0 ? AS_ROOT : ''}`,
  bare: ({ warning }) => warning ?? 'none',
  refused: ({ reason }) => {
    throw new MeshError('unsupported', reason);
  },
};

const sandbox = (config: Config) =>
  probe('sandbox', `what the lines above say; where no worker runs, nothing (${DOCS})`, async () => {
    const processes = new Processes(processSettings(config, new SilentLogger()));
    try {
      const found = await processes.open();
      return (SAID[found.kind] as (found: Confinement) => string)(found);
    } finally {
      await processes.close();
    }
  });
