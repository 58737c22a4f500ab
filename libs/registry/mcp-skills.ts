import type { SkillInfo } from '#contract';
import { MeshError } from '#errors';

/** What is to be known here of servers of the Model Context Protocol: the model agents that have each; all, unless told. */
export type McpServerFacts = Readonly<Record<string, Readonly<{ agents?: readonly string[] | undefined }>>>;

const PREFIX = 'mcp-';

/** The skill that the use of a server's tools is. */
export const mcpSkillIdOf = (server: string): string => `${PREFIX}${server}`;

/** The skills of a model agent, with those of the servers that it has. */
export const withMcpSkills = (
  { id, skills }: Readonly<{ id: string; skills: readonly string[] }>,
  servers: McpServerFacts,
): readonly string[] => {
  const given = Object.entries(servers).filter(
    ([, { agents }]) => agents === undefined || agents.includes(id),
  );
  return [...new Set([...skills, ...given.map(([server]) => mcpSkillIdOf(server))])];
};

/**
 * Whether an agent that has these skills of its own can do without one that a server is: where the server is given to all,
 * nobody has asked for this agent to have it.
 */
export const isOptional = (own: readonly string[], servers: McpServerFacts) => {
  const forAll = Object.entries(servers).filter(([, { agents }]) => agents === undefined);
  const given = new Set(forAll.map(([server]) => mcpSkillIdOf(server)));
  return (skillId: string): boolean => given.has(skillId) && !own.includes(skillId);
};

/** What is told of it: nobody here knows what the tools do, so it is dangerous. */
export function mcpSkill(id: string): SkillInfo {
  const server = id.slice(PREFIX.length);
  return {
    id,
    name: `MCP server ${server}`,
    description: `Uses the tools of the MCP server ${server}`,
    version: '1.0.0',
    enabled: true,
    dangerous: true,
  };
}

/** @throws {MeshError} `invalid_request` if a server is given to who is no model agent */
export function checkMcpServers(servers: McpServerFacts, modelAgents: readonly string[]): void {
  for (const [server, { agents = [] }] of Object.entries(servers)) {
    const unknown = agents.find((agent) => !modelAgents.includes(agent));
    if (unknown === undefined) continue;
    const field = `mcpServers.${server}.agents`;
    const known = modelAgents.join(', ') || 'none';
    throw new MeshError(
      'invalid_request',
      `${field}: there is no model agent "${unknown}"; known: ${known}`,
      {
        field,
      },
    );
  }
}
