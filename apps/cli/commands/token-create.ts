import { publicJwkSchema, thumbprintOf } from '#contract/dpop';
import { MeshError } from '#errors';
import { MACHINE_PERMISSIONS } from '#policy';
import type { Permission } from '#policy';
import { serverAddress } from '../endpoint.js';
import type { MachineToken } from '../machine-token.js';
import { integer, listOf, names } from '../parse.js';
import { storeOf } from '../signed-in.js';
import { when } from '../table.js';
import { examples } from '../verb.js';
import type { Call, Verb } from '../verb.js';

const MAX_DAYS = 366;
const DEFAULT_DAYS = 30;
const DAY_MS = 24 * 60 * 60_000;

type CreateOptions = Readonly<{
  role?: readonly string[];
  scope?: readonly Permission[];
  expiresInDays: number;
  bound?: boolean;
}>;

export const tokenCreate: Verb = (group, verbs) => {
  group
    .command('create')
    .argument('<name>', 'what it is for')
    .description('make a token; it is printed once, alone on the standard output')
    .option('--role <names>', 'with these of your roles (default: all but admin ones)', names)
    .option(
      '--scope <permissions>',
      `narrowed to these of ${MACHINE_PERMISSIONS.join(', ')}`,
      listOf(MACHINE_PERMISSIONS),
    )
    .option('--expires-in-days <n>', 'good for so long', integer(1, MAX_DAYS), DEFAULT_DAYS)
    .option('--bound', 'only with requests that the key of this machine signs')
    .addHelpText(
      'after',
      examples(
        'coderclaw token create nightly --scope task:submit,task:read --expires-in-days 7 > token.txt',
        'coderclaw token create deploy --role ci --json | jq -r .token',
      ),
    )
    .action(verbs.action(work));
};

async function work(call: Call, options: CreateOptions, name = ''): Promise<void> {
  const { role, scope, expiresInDays, bound = false } = options;
  const jkt = bound ? await keyOfMachine(call) : undefined;
  await call.api(async (api) => {
    const expiresAt = new Date(Date.now() + expiresInDays * DAY_MS).toISOString();
    const asked = { name, roles: role, scope, expiresAt, jkt };
    const made = await api.post<MachineToken & Readonly<{ token: string }>>('/v1/tokens', asked);
    const { id, roles } = made;
    await call.output.note(
      `${name} (${id}): ${roles.join(', ') || 'no roles'}, until ${when(made.expiresAt)}`,
    );
    await call.output.note('it is not shown again; use it as CODERCLAW_TOKEN, or keep it in a file');
    await call.output.result(made, ({ token }) => token);
  });
}

async function keyOfMachine({ io, options }: Call): Promise<string> {
  const server = await serverAddress(options, io);
  const kept = 'url' in server ? await storeOf(io).find(server.url) : null;
  if (kept?.privateJwk) return thumbprintOf(publicJwkSchema.parse(kept.privateJwk));
  throw new MeshError('invalid_request', '--bound: this machine has no key for the server', {
    field: '--bound',
    hint: 'make one with `coderclaw login` or `coderclaw device enroll`',
  });
}
