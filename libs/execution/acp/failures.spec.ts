import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { until } from '../scripted-control-plane.contract.js';
import type { Doing } from './acp-in-test.contract.js';
import { startAcpWorker } from './acp-in-test.contract.js';

type Options = Parameters<typeof startAcpWorker>[0];

async function errorOf(options: Options, ...doing: Doing): Promise<string> {
  const { run } = await startAcpWorker(options);
  const { last } = await run(...doing);
  expect(last.type).toBe('Failed');
  return (last.data as { error: string }).error;
}

const answer = (id: number, result: object) => JSON.stringify({ jsonrpc: '2.0', id, result });
const shell = (script: string): Options => ({ command: ['/bin/sh', '-c', script] });

describe('an agent that cannot be worked with fails the task, and the error', () => {
  it('says what to do where there is no such program', async () => {
    const error = await errorOf({ command: ['/nowhere/an-agent', 'x'] });
    expect(error).toContain('the agent scripted (an-agent) was not found: install it where this worker runs');
  });

  it('says what to do where it may not be executed', async () => {
    expect(await errorOf({ command: ['/etc/passwd'] })).toContain('cannot be executed: mend its rights');
  });

  it('says how it ended before it had answered, and the end of what it complained of', async () => {
    const error = await errorOf(shell('yes long | head -c 5000 >&2; echo the reason >&2; exit 3'));
    expect(error).toContain('the agent scripted (sh) ended with code 3 before it had answered\nstderr: ');
    expect(error).toMatch(/the reason$/);
    expect(error.length).toBeLessThan(2_048 + 200);
  });

  it('says that it ended in the middle of its turn', async () => {
    expect(await errorOf({}, ['say', 'x'], ['complain', 'out of luck'], ['exit', 4])).toMatch(
      /ended with code 4 before it had answered\nstderr: out of luck$/,
    );
  });

  it('names the signal it died of', async () => {
    expect(await errorOf(shell('kill -9 $$'))).toContain('ended by SIGKILL before it had answered');
  });

  it('says how to sign it in, and by which variables it is now', async () => {
    const error = await errorOf({ start: 'auth' });
    expect(error).toContain('wants to be signed in (Authentication required');
    expect(error).toContain('name the variable with its key in `env` of the agent in runtime.yaml');
    expect(error).toContain('it has AGENT_KEY now');
  });

  it('names the version that it speaks', async () => {
    expect(await errorOf({ start: 'version' })).toContain(
      'it speaks version 2 of the protocol and this worker version 1: install a version that fits',
    );
  });

  it('says that it did not answer in time', async () => {
    expect(await errorOf({ start: 'silent', startWithinMs: 200 })).toContain(
      'it did not answer within 200 ms',
    );
  });

  it.each([
    [
      'no JSON',
      'echo Welcome!; cat > /dev/null',
      'it wrote a line that is no message of the protocol: Welcome!',
    ],
    ['no object', 'echo 1; cat > /dev/null', 'it wrote a line that is no message of the protocol: 1'],
    [
      'no message',
      `echo '{"jsonrpc":"2.0"}'; cat > /dev/null`,
      'it wrote a line that is no message of the protocol',
    ],
    [
      'an answer to nothing',
      `echo '{"jsonrpc":"2.0","id":77,"result":{}}'; cat > /dev/null`,
      'it answered what it was not asked',
    ],
    [
      'an endless line',
      'head -c 5000000 /dev/zero | tr "\\0" x; cat > /dev/null',
      'it wrote a line of more than 4194304 bytes',
    ],
    [
      'another answer',
      `read -r _; echo '{"jsonrpc":"2.0","id":0,"result":{"hello":1}}'; cat > /dev/null`,
      'its answer to initialize is none of the protocol',
    ],
  ])('shows that it writes %s', async (_what, script, said) => {
    expect(await errorOf(shell(script))).toContain(said);
  });

  it('shows that it does not read what it asks for', async () => {
    const { plane, grant, workspace } = await startAcpWorker(
      shell(`
        read -r _; echo '${answer(0, { protocolVersion: 1 })}'
        read -r _; echo '${answer(1, { sessionId: 's' })}'
        read -r _; yes '${JSON.stringify({ jsonrpc: '2.0', id: 9, method: 'fs/read_text_file', params: { sessionId: 's', path: 'large' } })}'`),
    );
    writeFileSync(join(workspace, 'large'), 'x'.repeat(1024 * 1024));
    const { last } = await plane.end(grant([]));
    expect(last.data).toMatchObject({
      error: expect.stringContaining('it does not read what it has asked for'),
    });
    expect(plane.skills.length).toBeLessThan(30);
  });

  it('is what it answers', async () => {
    expect(await errorOf({}, ['error', -32_603, 'the model is away'])).toContain(
      'answered with an error: the model is away',
    );
  });

  it('has none of the values of its variables', async () => {
    const error = await errorOf(
      {},
      ['complain', 'used planted-key-of-the-agent'],
      ['error', -32_603, 'bad key planted-key-of-the-agent'],
    );
    expect(error).not.toContain('planted-key');
    expect(error).toContain('bad key [redacted]');
    expect(error).toContain('stderr: used [redacted]');
  });

  it('is that of a worker that starts no processes', async () => {
    expect(await errorOf({ settings: { bwrap: '/nowhere/bwrap' } })).toContain('it has no working sandbox');
  });
});

describe('an agent’s attempt', () => {
  it('is lost, not failed, when the control plane no longer wants it, and its process gone', async () => {
    const { plane, grant, workspace } = await startAcpWorker();
    const pid = join(workspace, 'pid');
    plane.answerReport = (report) =>
      report.facts.some(({ type }) => type === 'Output') ? { result: 'fenced' } : plane.accept(report);
    const task = grant([['pid', pid], ['say', 'up'], ['deaf']]);
    await until(() => existsSync(pid));
    await until(() => !existsSync(`/proc/${readFileSync(pid, 'utf8')}`));
    expect(plane.of(task).map(({ type }) => type)).toEqual(['Started']);
  });
});
