import { randomUUID } from 'node:crypto';
import type { JWTPayload } from 'jose';
import { json, listen } from './http-server.js';
import { type SigningKey, newSigningKey } from './signing-key.js';

/** What stands in for GitHub's issuer of job tokens: its key set, and a pen. */
export type ActionsIssuer = Readonly<{
  issuer: string;
  key: SigningKey;
  /** How often its keys were asked for. */
  asked(): number;
  /** The claims of a token as GitHub makes it for a push to main, changed. `undefined` leaves a claim out. */
  claims(changes?: Readonly<Record<string, unknown>>): JWTPayload;
  /** A token of these claims. */
  token(changes?: Readonly<Record<string, unknown>>): Promise<string>;
  close(): Promise<void>;
}>;

export async function startActionsIssuer(): Promise<ActionsIssuer> {
  const key = await newSigningKey('actions');
  let asked = 0;
  const server = await listen((request, response) => {
    if (request.url !== '/.well-known/jwks') return json(response, { message: 'Not Found' }, 404);
    asked++;
    return json(response, { keys: [key.publicJwk] });
  });
  const claims = (changes = {}) => ({ ...claimsOf(server.url), ...changes });
  return {
    issuer: server.url,
    key,
    asked: () => asked,
    claims,
    token: (changes) => key.sign(claims(changes)),
    close: server.close,
  };
}

const WORKFLOW = 'octo/app/.github/workflows/deploy.yml@refs/heads/main';

function claimsOf(iss: string): JWTPayload {
  const now = Math.floor(Date.now() / 1000);
  return {
    iss,
    aud: 'https://mesh.example',
    sub: 'repo:octo/app:environment:production',
    jti: randomUUID(),
    iat: now,
    nbf: now - 300,
    exp: now + 300,
    ref: 'refs/heads/main',
    ref_type: 'branch',
    sha: '0'.repeat(40),
    repository: 'octo/app',
    repository_id: '74',
    repository_owner: 'octo',
    repository_owner_id: '65',
    repository_visibility: 'private',
    run_id: '1001',
    run_number: '10',
    run_attempt: '1',
    runner_environment: 'github-hosted',
    actor: 'octocat',
    actor_id: '12',
    event_name: 'push',
    workflow: 'deploy',
    workflow_ref: WORKFLOW,
    job_workflow_ref: WORKFLOW,
    environment: 'production',
  };
}
