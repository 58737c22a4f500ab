import { MeshError } from '#errors';
import { serverAddress } from '../endpoint.js';
import { integer, names } from '../parse.js';
import type { Session } from '../people.js';
import { credentialOf } from '../sign-in/sign-in.js';
import { storeOf } from '../signed-in.js';
import { when } from '../table.js';
import { examples } from '../verb.js';
import type { Call, Verb } from '../verb.js';

type Created = Readonly<{ session: Session; tokens: object }>;

type CreateOptions = Readonly<{
  role?: readonly string[];
  cancelOnEnd?: boolean;
  ttl?: number;
  use?: boolean;
}>;

const MAX_TTL_SECONDS = 30 * 24 * 60 * 60;

export const sessionCreate: Verb = (group, verbs) => {
  group
    .command('create')
    .description('begin another session of your own, with at most the roles that this one has')
    .option('--role <names>', 'only with these of your roles (default: all of this session)', names)
    .option('--cancel-on-end', 'cancel its unfinished tasks when it ends')
    .option('--ttl <seconds>', 'it ends then, used or not', integer(1, MAX_TTL_SECONDS))
    .option('--use', 'go on with it: it becomes the session of later calls to this server')
    .addHelpText(
      'after',
      examples(
        'coderclaw session create --role readonly --use',
        'coderclaw session create --cancel-on-end --ttl 3600 --json | jq -r .tokens.accessToken',
      ),
    )
    .action(verbs.action(work));
};

async function work(call: Call, { role, cancelOnEnd, ttl, use = false }: CreateOptions): Promise<void> {
  await call.api(async (api) => {
    const asked = { roles: role, cancelOnEnd, ttlSeconds: ttl };
    const made = await api.post<Created>('/v1/sessions', asked);
    if (use) await goOnWith(call, made);
    const { session } = made;
    await call.output.result(use ? { session } : made, () => describe(session, use));
    if (!use) await call.output.note('  --use goes on with it here; --json shows its tokens, once');
  });
}

/** Its tokens take the place of those that were kept; the key is the same. */
async function goOnWith({ io, options }: Call, { tokens }: Created): Promise<void> {
  const server = await serverAddress(options, io);
  if (!('url' in server)) throw notSignedIn('this machine');
  await storeOf(io).change(server.url, async (now) => {
    if (!now) throw notSignedIn(server.url);
    const { privateJwk, user, deviceId } = now;
    return { ...credentialOf(tokens, privateJwk, new Date()), user, ...(deviceId ? { deviceId } : {}) };
  });
}

const describe = ({ id, roles, expiresAt }: Session, use: boolean): string =>
  `session ${id} (${roles.join(', ') || 'no roles'})${use ? ' is yours now' : ''}; it ends ${when(expiresAt)} unless it is used`;

const notSignedIn = (where: string) =>
  new MeshError('unauthenticated', `--use: nobody signed in to ${where} with \`coderclaw login\``, {
    field: '--use',
    hint: 'leave --use out, or sign in first',
  });
