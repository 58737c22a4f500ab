import { Option } from 'commander';
import { MeshError } from '#errors';
import { serverAddress } from '../endpoint.js';
import { names } from '../parse.js';
import { byBrowser } from '../sign-in/by-browser.js';
import { byDeviceCode } from '../sign-in/by-device-code.js';
import { byResetToken } from '../sign-in/by-one-time-token.js';
import { byPassword } from '../sign-in/by-password.js';
import { signIn } from '../sign-in/sign-in.js';
import { arrivedText } from '../sign-in/arrived-text.js';
import type { Way } from '../sign-in/way.js';
import { examples } from '../verb.js';
import type { Call, Verb } from '../verb.js';

const PROVIDERS = ['oidc', 'github', 'google'] as const;

type LoginOptions = Readonly<{
  user?: string;
  passwordFile?: string;
  tenant?: string;
  role?: readonly string[];
  session?: string;
  provider?: (typeof PROVIDERS)[number];
  deviceCode?: boolean;
  resetTokenFile?: string;
  deviceKey: boolean;
  deviceName?: string;
}>;

const OTHER_WAYS = ['provider', 'deviceCode'];

/** Only for a name and a password. */
const ofPassword = (flags: string, description: string) =>
  new Option(flags, description).conflicts(OTHER_WAYS);

const OPTIONS: readonly Option[] = [
  ofPassword('--user <name>', 'by name and password'),
  new Option('--password-file <file>', 'file that holds the password; - reads it from the standard input'),
  ofPassword('--tenant <id>', 'the tenant that the name is of'),
  ofPassword('--role <names>', 'only with these of your roles (default: all)').argParser(names),
  ofPassword(
    '--session <id>',
    'resume this session of yours, with the roles it has, instead of beginning one',
  ),
  new Option('--provider <name>', 'by an identity provider, in a browser on this machine')
    .choices(PROVIDERS)
    .conflicts('deviceCode'),
  new Option('--device-code', 'by a code that you approve in a browser anywhere'),
  ofPassword('--reset-token-file <file>', 'set a new password first, with the token that an admin gave you'),
  new Option('--no-device-key', 'make no key for this machine: it will be untrusted'),
  new Option('--device-name <name>', 'what the machine is called (default: you and its host name)'),
];

export const login: Verb = (program, verbs) => {
  const command = program
    .command('login')
    .description(
      'sign in to a server; later calls with its address (--url or CODERCLAW_URL) find the session by themselves, ' +
        'signed by this machine; those without stay local',
    )
    .addHelpText(
      'after',
      examples(
        'coderclaw login --url https://mesh.example --provider oidc',
        'coderclaw login --url https://mesh.example --user ada',
        'coderclaw login --url https://mesh.example --device-code',
        'coderclaw login --url https://mesh.example --user ada --password-file - < password.txt',
      ),
    )
    .action(verbs.action(work));
  for (const option of OPTIONS) command.addOption(option);
};

async function work(call: Call, options: LoginOptions): Promise<void> {
  const server = await serverAddress(call.options, call.io);
  if (!('url' in server)) throw nothingToSignInTo();
  const { deviceKey, deviceName } = options;
  const arrived = await signIn(call, wayOf(options), { ...server, deviceKey, deviceName });
  await call.output.result(arrived, arrivedText);
  if (server.flags !== '')
    await call.output.note(
      `  later calls stay on this machine unless told: add --url ${server.url} or set CODERCLAW_URL`,
    );
}

function wayOf({ provider, deviceCode = false, resetTokenFile, ...options }: LoginOptions): Way {
  if (provider) return byBrowser(provider);
  if (deviceCode) return byDeviceCode();
  if (resetTokenFile === undefined) return byPassword(options);
  return byResetToken({ ...options, resetTokenFile });
}

const nothingToSignInTo = () =>
  new MeshError('invalid_request', 'local-only mode needs no sign-in, and no server was named', {
    field: 'url',
    hint: '`coderclaw whoami` says who you are here; to sign in elsewhere, give --url <address>',
  });
