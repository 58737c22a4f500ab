import { DEFAULT_TENANT } from '#contract';
import { MeshError } from '#errors';
import { configOf } from '../endpoint.js';
import { canAsk } from '../interrupt.js';
import { readLine } from '../read-line.js';
import { examples } from '../verb.js';
import type { Call, Verb } from '../verb.js';

type ResetOptions = Readonly<{ tenant: string; yes?: boolean }>;

export const policyReset: Verb = (group, verbs) => {
  group
    .command('reset')
    .description(
      'the way back in when the policy lets nobody in: take back what was set for a tenant, directly in the configured ' +
        'database, so that .coderClaw/security.yaml or the defaults rule again; run it on the server’s machine',
    )
    .option('--tenant <id>', 'whose policy', DEFAULT_TENANT)
    .option('--yes', 'without being asked')
    .addHelpText('after', HELP)
    .action(verbs.action(work));
};

const HELP = `${examples(
  'coderclaw policy reset',
  'CODERCLAW_MODE=remote-enabled CODERCLAW_DATABASE_URL=postgres://… coderclaw policy reset --yes',
  'coderclaw policy reset --tenant acme --yes',
)}

It asks no server and needs no sign-in: it needs database.url, as \`coderclaw init\` does. The audit records it under the name
of whoever runs it. Running servers notice within a second; in local-only mode, stop the server first.`;

async function work(call: Call, { tenant, yes = false }: ResetOptions): Promise<void> {
  const { io, options, output } = call;
  refuseServer(call);
  const config = await configOf(options, io);
  if (!yes) await confirm(call, tenant);
  const { resetPolicy } = await import('#server');
  const done = await resetPolicy(config, tenant);
  await output.result(done, () => `the tenant ${tenant} has no policy of its own any more`);
  await output.note('  next: sign in, and set another with `coderclaw policy set <security.yaml>`');
}

/** Somebody who names a server would think that it is this one’s policy that is gone. */
function refuseServer({ options }: Call): void {
  if (options.url === undefined) return;
  throw new MeshError('invalid_request', '--url: no server is asked for this', {
    field: '--url',
    hint: 'run it on the server’s machine, without --url; over the network an admin sets another policy: `coderclaw policy set`',
  });
}

async function confirm({ io }: Call, tenant: string): Promise<void> {
  if (!canAsk(io))
    throw new MeshError('invalid_request', '--yes is needed: there is no terminal to ask on', {
      field: '--yes',
      hint: 'give --yes to take the policy back',
    });
  const question = `This takes back the policy of the tenant ${tenant}. Type its name to go on: `;
  if ((await readLine(io, question, { secret: false })).trim() === tenant) return;
  throw new MeshError('invalid_request', 'that is not its name: nothing was changed', {
    hint: `type ${tenant}, or give --yes`,
  });
}
