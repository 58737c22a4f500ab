import { writeFileSync } from 'node:fs';
import { Readable, Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { RequestError, agent, methods, ndJsonStream } from '@agentclientprotocol/sdk';

/*
 * An agent that does what its task says: a JSON list of `[what, …]`. `node acp-agent.mjs [how it starts]`, which is
 * `auth`, `version` or `silent`. What it is answered it says, a JSON line each.
 */
const [, , start = ''] = process.argv;
const { session, fs } = methods.client;
const sessionId = 'the-session';
const never = new Promise(() => {});
const keepAlive = setInterval(() => {}, 60_000);
let cancelled = () => {};
const cancel = new Promise((resolve) => {
  cancelled = resolve;
});

const update = (client, sessionUpdate, data) =>
  client.notify(session.update, { sessionId, update: { sessionUpdate, ...data } });
const say = (client, text) => update(client, 'agent_message_chunk', { content: { type: 'text', text } });
const answered = async (client, promise) => {
  const answer = await promise.catch(({ code, message }) => ({ code, message }));
  await say(client, `${JSON.stringify(answer)}\n`);
};
const options = ['allow_always', 'allow_once', 'reject_always', 'reject_once'].map((kind) => ({
  kind,
  name: kind,
  optionId: `chose ${kind}`,
}));

const DO = {
  say: (client, text) => say(client, text),
  think: (client, text) => update(client, 'agent_thought_chunk', { content: { type: 'text', text } }),
  plan: (client, ...entries) =>
    update(client, 'plan', {
      entries: entries.map(([content, status]) => ({ content, status, priority: 'medium' })),
    }),
  tool: (client, toolCall) => update(client, 'tool_call', toolCall),
  unknown: (client) => update(client, 'of_the_future', { what: 1 }),
  ask: (client, toolCall, only = options) =>
    answered(client, client.request(session.requestPermission, { sessionId, toolCall, options: only })),
  read: (client, path, more = {}) =>
    answered(client, client.request(fs.readTextFile, { sessionId, path, ...more })),
  write: (client, path, content) =>
    answered(client, client.request(fs.writeTextFile, { sessionId, path, content })),
  env: (client, name) => say(client, `${process.env[name]}\n`),
  pid: (_client, file) => writeFileSync(file, String(process.pid)),
  raw: (_client, text, times = 1) => process.stdout.write(`${text.repeat(times)}\n`),
  complain: (_client, text) => new Promise((resolve) => process.stderr.write(text, resolve)),
  error: (_client, code, message) => Promise.reject(new RequestError(code, message)),
  exit: (_client, code) => process.exit(code),
  hang: async (_client, file) => {
    await cancel;
    writeFileSync(file, 'told to cancel');
  },
  deaf: async () => {
    process.on('SIGTERM', () => {});
    await never;
  },
  pause: () => delay(20),
};

const app = agent({ name: 'scripted' })
  .onRequest(methods.agent.initialize, () => {
    if (start === 'silent') return never;
    return { protocolVersion: start === 'version' ? 2 : 1, agentCapabilities: {}, authMethods: [] };
  })
  .onRequest(methods.agent.session.new, ({ params: { cwd } }) => {
    if (start === 'auth') throw RequestError.authRequired();
    process.chdir(cwd);
    return { sessionId };
  })
  .onRequest(methods.agent.session.prompt, async ({ params: { prompt }, client }) => {
    const text = prompt.map((block) => block.text ?? '').join('');
    let stopReason = 'end_turn';
    for (const [what, ...rest] of JSON.parse(text.slice(text.indexOf('[')))) {
      if (what === 'stop') [stopReason] = rest;
      else if (what === 'prompt') await say(client, text.slice(0, text.indexOf('[')));
      else await DO[what](client, ...rest);
    }
    return { stopReason };
  })
  .onNotification(methods.agent.session.cancel, () => cancelled());

const connection = app.connect(ndJsonStream(Writable.toWeb(process.stdout), Readable.toWeb(process.stdin)));
await connection.closed;
clearInterval(keepAlive);
