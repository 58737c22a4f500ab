import { join } from 'node:path';
import { isMeshError } from '#errors';
import type { Config, Probe } from '#platform';
import { SOCKET, configOf } from '../endpoint.js';
import { EXIT } from '../exit-codes.js';
import { harmless } from '../harmless.js';
import { isListening } from '../socket-fetch.js';
import { examples } from '../verb.js';
import type { Call, Verb } from '../verb.js';

/** What is well, what could be better, and what is wrong. */
const markOf = ({ healthy, remedy }: Probe): string => {
  if (!healthy) return 'NO';
  return remedy === undefined ? 'yes' : 'but';
};

/** A line for each, and one below it that says what to do; nothing is cut off, or the remedy might be. */
function described(found: readonly Probe[]): string {
  const width = Math.max(...found.map(({ name }) => name.length));
  const indent = ' '.repeat('yes'.length + width + 4);
  return found
    .flatMap((one) => [
      `${markOf(one).padEnd('yes'.length)}  ${one.name.padEnd(width)}  ${harmless(one.detail)}`,
      ...(one.remedy === undefined ? [] : [`${indent}→ ${harmless(one.remedy)}`]),
    ])
    .join('\n');
}

export const doctor: Verb = (program, verbs) => {
  program
    .command('doctor')
    .description(
      'look at everything a runtime needs here, and say how to mend what is wrong; exit code 5 if something is',
    )
    .addHelpText(
      'after',
      examples('coderclaw doctor', 'coderclaw doctor --json | jq "select(.healthy | not)"'),
    )
    .action(
      verbs.action(async (call) => {
        const found = await examine(call);
        if (call.output.json) await call.output.rows(found, [], '');
        else await call.output.stdout(`${described(found)}\n`);
        return found.every(({ healthy }) => healthy) ? EXIT.done : EXIT.unavailable;
      }),
    );
};

async function examine(call: Call): Promise<readonly Probe[]> {
  const config = await configuration(call);
  if ('problem' in config) return [config.problem];
  const { probes } = await import('#platform');
  const { modelProbe, sandboxProbes } = await import('#server');
  const machine = [
    ...(await probes(config)),
    ...(await sandboxProbes(config)),
    await modelProbe(config, call.io.env),
  ];
  return [configured(config), ...machine, ...(await localServer(config))];
}

/** The configuration, or what is wrong with it. */
async function configuration({ options, io }: Call): Promise<Config | Readonly<{ problem: Probe }>> {
  try {
    return await configOf(options, io);
  } catch (error) {
    if (!isMeshError(error, 'invalid_request')) throw error;
    const remedy = 'mend the files or variables named there; .coderClaw/runtime.yaml is the repository’s';
    return { problem: { name: 'configuration', healthy: false, detail: error.message, remedy } };
  }
}

const configured = ({ mode, workspace }: Config): Probe => ({
  name: 'configuration',
  healthy: true,
  detail: `mode ${mode}, for ${workspace}`,
});

/** No server is no fault in local-only mode: most commands need none. */
async function localServer({ mode, dataDir }: Config): Promise<readonly Probe[]> {
  if (mode !== 'local-only') return [];
  const socket = join(dataDir, SOCKET);
  const detail = (await isListening(socket))
    ? `listens on ${socket}`
    : 'not running (`coderclaw serve` starts one)';
  return [{ name: 'local server', healthy: true, detail }];
}
