import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { connector } from './connection.js';
import { cli, fakeIo, scripted } from './fake-cli.contract.js';
import { programOf } from './program.js';
import { Verbs } from './verb.js';

const { io } = fakeIo();
const leavesOf = (command: Command, path: readonly string[] = []): (readonly [string, Command])[] =>
  command.commands.length === 0
    ? [[path.join(' '), command]]
    : command.commands.flatMap((inner) => leavesOf(inner, [...path, inner.name()]));
const LEAVES = leavesOf(programOf(new Verbs(io, connector(io)), io));

const takesSecret = (flags: string) =>
  /--[\w-]*(password|secret|token|private-key)[\w-]* </.test(flags) && !flags.includes('-file <');

describe('every verb', () => {
  it.each(LEAVES.map(([name]) => name))('shows an example of itself: %s', async (name) => {
    const call = cli([...name.split(' '), '--help'], scripted({}));
    expect(await call.exitCode).toBe(0);
    expect(call.stdout()).toMatch(new RegExp(`\\nExamples:\\n(.*\\n)*?.*coderclaw ${name}\\b`));
  });

  it('takes no secret as an argument, but for the token that says itself where it belongs', () => {
    const found = LEAVES.flatMap(([name, { options }]) =>
      options.filter(({ flags }) => takesSecret(flags)).map(({ flags }) => `${name} ${flags}`),
    );
    expect(found).toEqual([]);
  });

  it('offers no permission that is never given: a token is never admin', async () => {
    const call = cli(['token', 'create', '--help'], scripted({}));
    await call.exitCode;
    expect(call.stdout()).toMatch(/task:submit(.|\n)*session:manage/);
    expect(call.stdout()).not.toContain('admin:all');
    const asked = cli(['token', 'create', 'x', '--scope', 'admin:all'], scripted({}));
    expect(await asked.exitCode).toBe(2);
  });
});
