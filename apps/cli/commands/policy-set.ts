import { integer } from '../parse.js';
import { readPolicyFile } from '../policy-file.js';
import { examples } from '../verb.js';
import type { Verb } from '../verb.js';

type View = Readonly<{ version: number; policyHash: string }>;

export const policySet: Verb = (group, verbs) => {
  group
    .command('set')
    .argument('<security.yaml>', 'the file')
    .description('replace the policy that the server keeps for your tenant')
    .option(
      '--if-match <version>',
      'only if it is at this version, as `policy show` said (default: the version it is at now)',
      integer(0),
    )
    .addHelpText('after', examples('coderclaw policy set security.yaml --if-match 3'))
    .action(
      verbs.action(async (call, { ifMatch }: Readonly<{ ifMatch?: number }>, file = '') => {
        // Roles may be defined by a layer that is not in the file: the server knows.
        const document = await readPolicyFile(file, call.io, { knownRoles: 'any' });
        await call.api(async (api) => {
          const version = ifMatch ?? (await api.get<View>('/v1/policy')).version;
          const now = await api.send<View>('PUT', '/v1/policy', {
            body: document,
            headers: { 'if-match': `"${version}"` },
          });
          await call.output.result(now, () => `the policy is replaced: version ${now.version}`);
        });
      }),
    );
};
