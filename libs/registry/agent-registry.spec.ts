import { describe, expect, it } from 'vitest';
import { AgentRegistry } from './agent-registry.js';

describe('the agent registry', () => {
  it('knows the built-in agents unless told otherwise', () => {
    expect(new AgentRegistry().list().map(({ id }) => id)).toEqual(['shell', 'echo']);
  });

  it('knows only the agents that are enabled', () => {
    const registry = new AgentRegistry({ agents: ['echo'] });
    expect([registry.has('echo'), registry.has('shell')]).toEqual([true, false]);
    expect(registry.require('echo').name).toBe('Echo');
  });

  it.each(['nobody', 'toString', '__proto__'])('says which agents it knows when asked for %s', (id) => {
    expect(new AgentRegistry().has(id)).toBe(false);
    expect(() => new AgentRegistry().require(id)).toThrow(
      expect.objectContaining({
        code: 'invalid_request',
        message: `there is no agent "${id}"; known: shell, echo`,
        details: { field: 'agentId' },
      }),
    );
  });

  it('gives tasks that name no agent to the shell, or to whom it is told', () => {
    expect(new AgentRegistry().defaultAgent).toBe('shell');
    expect(new AgentRegistry({ defaultAgent: 'echo' }).defaultAgent).toBe('echo');
  });

  it('refuses to enable an agent that does not exist', () => {
    expect(() => new AgentRegistry({ agents: ['ghost'] })).toThrow('there is no agent "ghost"');
  });

  it('lists the skills that the enabled agents declare', () => {
    expect(new AgentRegistry().listSkills()).toMatchObject([{ id: 'shell-exec', dangerous: true }]);
    expect(new AgentRegistry({ agents: ['echo'] }).listSkills()).toEqual([]);
  });

  it('tells a policy which skills an agent declares, and nothing of one it does not know', () => {
    const registry = new AgentRegistry();
    const shell = { agentId: 'shell', skills: [{ id: 'shell-exec', dangerous: true }] };
    expect(registry.policyFacts()).toEqual(shell);
    expect(registry.policyFacts('echo')).toEqual({ agentId: 'echo', skills: [] });
    expect(registry.policyFacts('__proto__')).toEqual({ agentId: '__proto__', skills: [] });
  });
});
