import type { RuntimeStatus } from '#contract';
import { serverAddress } from '../endpoint.js';
import { facts } from '../table.js';
import { examples } from '../verb.js';
import type { Verb } from '../verb.js';
import { noteWayBack } from '../way-back.js';

type Me = Readonly<{
  userId: string;
  userName?: string;
  tenant: string;
  roles: readonly string[];
  permissions?: readonly string[];
  trust: string;
  sessionId: string;
  deviceId?: string;
  issuer?: string;
  via: string;
}>;

export const whoami: Verb = (program, verbs) => {
  program
    .command('whoami')
    .description('who you are to the server, or to this machine where there is none')
    .addHelpText('after', examples('coderclaw whoami', 'coderclaw whoami --url https://mesh.example --json'))
    .action(
      verbs.action(async (call) => {
        await call.reading(async (api, { name }) => {
          const me = await api.get<Me>('/v1/me');
          const { mode } = await api.get<RuntimeStatus>('/v1/status');
          await call.output.result({ ...me, server: name, mode }, describe);
        });
        if (!('url' in (await serverAddress(call.options, call.io)))) await noteWayBack(call);
      }),
    );
};

const describe = (me: Me & Readonly<{ server: string; mode: string }>): string =>
  facts([
    [
      'user',
      me.userName === undefined || me.userName === me.userId ? me.userId : `${me.userName} (${me.userId})`,
    ],
    ['tenant', me.tenant],
    ['roles', me.roles.join(', ') || 'none'],
    ['permissions', me.permissions?.join(', ')],
    ['trust', me.trust],
    ['session', me.sessionId],
    ['device', me.deviceId],
    ['signed in by', me.issuer],
    ['server', me.server],
    ['mode', me.mode === 'local-only' ? 'local-only: this machine’s user needs no sign-in' : me.mode],
  ]);
