import { explainReset } from '../one-time-token.js';
import { names } from '../parse.js';
import { describeUser } from '../people.js';
import type { OneTimeToken, User } from '../people.js';
import { secretOf } from '../secrets.js';
import { examples } from '../verb.js';
import type { Call, Verb } from '../verb.js';

type Created = Readonly<{ user: User; reset?: OneTimeToken }>;

type CreateOptions = Readonly<{
  role?: readonly string[];
  email?: string;
  displayName?: string;
  passwordFile?: string;
}>;

export const userCreate: Verb = (group, verbs) => {
  group
    .command('create')
    .argument('<name>', 'what they sign in with')
    .description('make a user; without a password, with a token with which they choose one')
    .option('--role <names>', 'their roles (default: none)', names)
    .option('--email <address>', 'where they are reached')
    .option('--display-name <name>', 'what people call them')
    .option('--password-file <file>', 'file that holds their password; - reads it from the standard input')
    .addHelpText(
      'after',
      examples(
        'coderclaw user create ada --role developer > reset-token.txt',
        'coderclaw user create ada --role developer,auditor --password-file - < password.txt',
      ),
    )
    .action(verbs.action(work));
};

async function work(call: Call, options: CreateOptions, name = ''): Promise<void> {
  const { role = [], email, displayName, passwordFile: file } = options;
  const source = { file, flag: '--password-file', question: `Password of ${name}` };
  const password = file === undefined ? undefined : await secretOf(call.io, source);
  await call.api(async (api) => {
    const made = await api.post<Created>('/v1/users', { name, roles: role, email, displayName, password });
    const { reset } = made;
    if (reset === undefined) return call.output.result(made, (said) => describeUser(said.user));
    await call.output.note(describeUser(made.user));
    await explainReset(call.output, reset, { name });
    return call.output.result(made, () => reset.token);
  });
}
