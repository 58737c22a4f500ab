import { MeshError } from '#errors';
import type { Config } from '#platform';
import { configOf, serverAddress, tokenGiven } from '../endpoint.js';
import { canAsk } from '../interrupt.js';
import type { Io } from '../io.js';
import { readLine } from '../read-line.js';
import { secretOf } from '../secrets.js';
import { arrivedText } from '../sign-in/arrived-text.js';
import { bySetupToken } from '../sign-in/by-one-time-token.js';
import { signIn } from '../sign-in/sign-in.js';
import { writeStarters } from '../starters.js';
import { examples } from '../verb.js';
import type { Call, Verb } from '../verb.js';

type InitOptions = Readonly<{
  name?: string;
  passwordFile?: string;
  oneTimeToken?: boolean;
  deviceKey: boolean;
}>;

export const init: Verb = (program, verbs) => {
  program
    .command('init')
    .description(
      'begin: in local-only mode, write configuration files to start from; in a remote mode, make the first admin in ' +
        'the configured database; with --url, make them on a server with the token it was set up with',
    )
    .option('--name <name>', 'what the first admin is called')
    .option('--password-file <file>', 'file that holds their password; - reads it from the standard input')
    .option(
      '--one-time-token',
      'print a token, good for a day, with which the first admin is made over the network',
    )
    .option('--no-device-key', 'with --url: make no key for this machine')
    .addHelpText('after', HELP)
    .action(verbs.action(work));
};

const HELP = examples(
  'coderclaw init                                   local-only: nothing but files to start from',
  'CODERCLAW_MODE=remote-enabled coderclaw init --name ada',
  'coderclaw init --one-time-token',
  'CODERCLAW_TOKEN=cc_setup_… coderclaw init --url https://mesh.example --name ada',
);

async function work(call: Call, options: InitOptions): Promise<void> {
  const { io } = call;
  const server = await serverAddress(call.options, io);
  const named = call.options.url ?? io.env['CODERCLAW_URL'];
  if (named && 'url' in server) return onServer(call, server, options);
  const config = await configOf(call.options, io);
  return config.mode === 'local-only' ? startLocal(call, config, options) : inDatabase(call, config, options);
}

async function startLocal(call: Call, { workspace }: Config, options: InitOptions): Promise<void> {
  if (options.name !== undefined || options.oneTimeToken) throw nobodyNeeded();
  const { output } = call;
  const written = await writeStarters(workspace);
  for (const file of written)
    await output.result(
      file,
      ({ path, state }) => `${path}: ${state === 'written' ? 'written' : 'there already, left as it is'}`,
    );
  await output.note(
    'Nothing else is needed in local-only mode: you are the admin of your own machine, and no one signs in.\n' +
      '  next: coderclaw run "echo it works"',
  );
}

async function inDatabase(call: Call, config: Config, options: InitOptions): Promise<void> {
  const { io, output } = call;
  const { initialise, issueSetupToken } = await import('#server');
  if (options.oneTimeToken) {
    await output.note(TOKEN_NOTE);
    return output.result(await issueSetupToken(config), ({ token }) => token);
  }
  const name = await nameOf(io, options.name);
  const question = `New password of ${name}`;
  const file = options.passwordFile;
  const password = await secretOf(io, { file, flag: '--password-file', question, isNew: true });
  const admin = await initialise(config, { name, password });
  await output.result(
    admin,
    ({ id, tenant }) => `${name} is the first admin, of the tenant ${tenant} (${id})`,
  );
  await output.note(`  next: \`coderclaw serve\`, then \`coderclaw login --url <address> --user ${name}\``);
}

const TOKEN_NOTE =
  'With this token, shown once and good for a day, whoever has it makes the first admin:\n' +
  '  CODERCLAW_TOKEN=<token> coderclaw init --url <address> --name <name>';

async function onServer(
  call: Call,
  server: Readonly<{ url: string; flags: string }>,
  options: InitOptions,
): Promise<void> {
  const token = tokenGiven(call.options, call.io);
  if (token === undefined) throw noToken();
  const { passwordFile, deviceKey } = options;
  const name = await nameOf(call.io, options.name);
  const arrived = await signIn(call, bySetupToken({ name, passwordFile, token }), { ...server, deviceKey });
  await call.output.result(arrived, arrivedText);
}

async function nameOf(io: Io, given: string | undefined): Promise<string> {
  if (given !== undefined) return given;
  if (canAsk(io)) return readLine(io, 'Name of the first admin: ', { secret: false });
  throw new MeshError('invalid_request', '--name is needed: there is no terminal to ask on', {
    field: '--name',
    hint: 'give --name <name>',
  });
}

const noToken = () =>
  new MeshError('invalid_request', 'the token that the server was set up with is needed', {
    field: '--token',
    hint: 'put it into CODERCLAW_TOKEN; `coderclaw init --one-time-token` beside the server prints one',
  });

const nobodyNeeded = () =>
  new MeshError('unsupported', 'local-only mode has no first admin: you are one on your own machine', {
    hint: 'leave --name and --one-time-token out, or set `mode: remote-enabled` in .coderClaw/runtime.yaml',
  });
