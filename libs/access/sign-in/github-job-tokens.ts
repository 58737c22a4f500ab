import { createRemoteJWKSet, customFetch, jwtVerify } from 'jose';
import type { JWTVerifyGetKey } from 'jose';
import type { Clock } from '#contract';
import type { UsedOnce } from '../used-once.js';
import { boundedFetch } from './bounded-fetch.js';
import { ruleFor, workflowOf } from './ci-rules.js';
import type { NamedRule } from './ci-rules.js';
import type { CiRole, GitHubCiSettings } from '#settings';
import { jobClaimsOf } from './job-claims.js';
import type { JobClaims } from './job-claims.js';
import { jobTokenRefusal } from './job-token-refusal.js';
import { denied, refused } from './sign-in-refused.js';

/** How long a job may work before it has to show a new token. */
const CI_SESSION_MS = 15 * 60_000;
/** How far GitHub's clock and ours may differ. */
const SKEW_SECONDS = 30;
/** GitHub's own tokens live for minutes; one that is older, whatever it says, is not from a job that runs. */
const MAX_AGE_SECONDS = 60 * 60;
const MAX_TOKEN_LENGTH = 16 * 1024;
/** How often a key that nobody knows makes us ask for the issuer's keys. */
const COOLDOWN_MS = 30_000;

/** What a job token proved. */
export type SignedInJob = Readonly<{
  issuer: string;
  /** `repository:<id>`: it outlives renaming, and a name that is taken again by somebody else is not it. */
  subject: string;
  repository: string;
  repositoryId: string;
  repositoryOwnerId: string;
  workflowRef: string;
  ref: string;
  environment?: string | undefined;
  runId: string;
  /** Who started the run, by the name they have now: for the record, not a key. */
  actor: string;
  /** The rule that let it in. */
  rule: string;
  tenant: string;
  roles: readonly CiRole[];
  jti: string;
  /** When its session ends at the latest. */
  expiresAt: Date;
}>;

/** Port. Signs in jobs of a CI by the token that it gives them: CI without secrets. */
export abstract class JobTokens {
  /**
   * The job that shows `token`, once.
   *
   * @throws {MeshError} `unauthenticated` if the token proves nothing or was used, `access_denied` if no rule lets the
   *   job in, each with its reason; `unavailable` if the issuer's keys cannot be read; `unsupported` where no CI is set up
   */
  abstract signIn(token: string): Promise<SignedInJob>;
}

/** Jobs of GitHub Actions, by the OIDC token of each. */
export class GitHubJobTokens extends JobTokens {
  private readonly keys: JWTVerifyGetKey;
  private readonly rules: readonly NamedRule[];

  constructor(
    private readonly settings: GitHubCiSettings,
    private readonly parts: Readonly<{ clock: Clock; used: UsedOnce }>,
  ) {
    super();
    const url = new URL(`${settings.issuer.replace(/\/+$/, '')}/.well-known/jwks`);
    this.keys = createRemoteJWKSet(url, { cooldownDuration: COOLDOWN_MS, [customFetch]: boundedFetch });
    this.rules = settings.rules.map((rule, i) => ({ ...rule, name: rule.name ?? `rule ${i + 1}` }));
  }

  override async signIn(token: string): Promise<SignedInJob> {
    const now = this.parts.clock.now();
    const job = await this.verified(token, now);
    if (job.event_name === 'pull_request_target')
      throw denied(
        'a job of pull_request_target may not sign in: it has the rights of the base, and may run code of a stranger',
        'use pull_request, or push',
      );
    const rule = ruleFor(this.rules, job);
    const expired = new Date((Math.min(job.exp, job.iat + MAX_AGE_SECONDS) + SKEW_SECONDS + 1) * 1000);
    if (!(await this.parts.used.first('github-job-token', `${this.settings.issuer} ${job.jti}`, expired)))
      throw refused('the job token was used before', 'ask for a new one in the job: each signs in once');
    return signedIn(job, rule, this.settings.issuer, new Date(now.getTime() + CI_SESSION_MS));
  }

  private async verified(token: string, now: Date): Promise<JobClaims> {
    if (token.length > MAX_TOKEN_LENGTH)
      throw refused(`the job token is longer than ${MAX_TOKEN_LENGTH} characters`);
    const { issuer, audience } = this.settings;
    try {
      const { payload } = await jwtVerify(token, this.keys, {
        algorithms: ['RS256'],
        issuer,
        audience,
        clockTolerance: SKEW_SECONDS,
        maxTokenAge: MAX_AGE_SECONDS,
        currentDate: now,
      });
      return jobClaimsOf(payload);
    } catch (error) {
      throw jobTokenRefusal(error, issuer);
    }
  }
}

const signedIn = (job: JobClaims, rule: NamedRule, issuer: string, expiresAt: Date): SignedInJob => ({
  issuer,
  subject: `repository:${job.repository_id}`,
  repository: job.repository,
  repositoryId: job.repository_id,
  repositoryOwnerId: job.repository_owner_id,
  workflowRef: workflowOf(job),
  ref: job.ref,
  environment: job.environment,
  runId: job.run_id,
  actor: job.actor,
  rule: rule.name,
  tenant: rule.tenant,
  roles: rule.roles,
  jti: job.jti,
  expiresAt,
});
