import { createHash } from 'node:crypto';
import type { PermissionOption, ToolKind } from '@agentclientprotocol/sdk';
import { MeshError } from '#errors';
import type { ExecutionContext } from '../executor.js';
import { storableText } from '../steps/storable.js';

/** The skill that each kind of tool is. What is none of the known kinds may be anything: the strictest. */
const SKILL_OF: Readonly<Record<ToolKind, string>> = {
  read: 'read-file',
  search: 'search-files',
  edit: 'edit-file',
  delete: 'edit-file',
  move: 'edit-file',
  fetch: 'fetch-url',
  execute: 'shell-exec',
  think: 'shell-exec',
  switch_mode: 'shell-exec',
  other: 'shell-exec',
};

/** The skill by which a tool of an agent's own is allowed. */
export const skillOf = (kind: ToolKind | null | undefined): string => SKILL_OF[kind ?? 'other'];

/** The option to choose: never one that allows more than this one use. Null where the agent offers none that fits. */
export function choiceOf(options: readonly PermissionOption[], isAllowed: boolean): string | null {
  const wanted = isAllowed ? 'allow_once' : 'reject_once';
  const chosen =
    options.find(({ kind }) => kind === wanted) ?? options.find(({ kind }) => kind === 'reject_once');
  return chosen?.optionId ?? null;
}

/** Asks for skills on behalf of an agent. */
export class SkillAsker {
  private readonly times = new Map<string, number>();

  constructor(
    private readonly skills: readonly string[],
    private readonly useSkill: ExecutionContext['useSkill'],
    private readonly workspace: string,
  ) {}

  /**
   * Asks whether a skill may be used for something now. An agent names its uses anew in each attempt, so what is asked is
   * known by its content: an approval is found again by an attempt that asks for the same, and by no other.
   *
   * @param detail all that makes this use another than the next
   * @throws {MeshError} `access_denied`; whatever ends the attempt
   */
  async ask(skill: string, what: string, detail: unknown = what): Promise<void> {
    if (!this.skills.includes(skill))
      throw new MeshError(
        'access_denied',
        `the skill ${skill} is not one of this agent's (customAgents.skills)`,
      );
    const folder = JSON.stringify(this.workspace).slice(1, -1); // may be another in the next attempt
    const content = createHash('sha256')
      .update(JSON.stringify([skill, detail]).replaceAll(folder, '.'))
      .digest('hex')
      .slice(0, 32);
    const time = (this.times.get(content) ?? 0) + 1;
    this.times.set(content, time);
    await this.useSkill(skill, { key: `acp:${skill}:${content}:${time}`, what: storableText(what) });
  }
}
