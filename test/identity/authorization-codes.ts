import { createHash, randomBytes } from 'node:crypto';

/** What an authorization request asked for, kept for its code. */
type Asked = Readonly<{ request: URLSearchParams; account: string }>;

/** The codes of a stand-in: each is for one request, one verifier and one use. */
export class AuthorizationCodes {
  private readonly asked = new Map<string, Asked>();

  /** Where the browser goes back to with a new code. */
  grant(request: URLSearchParams, account: string): URL {
    const code = randomBytes(16).toString('hex');
    this.asked.set(code, { request, account });
    const back = new URL(request.get('redirect_uri') ?? '');
    back.searchParams.set('code', code);
    back.searchParams.set('state', request.get('state') ?? '');
    return back;
  }

  /** What the code stands for, if the form of the token request is right in every point. */
  redeem(form: URLSearchParams): Asked | null {
    const code = form.get('code') ?? '';
    const asked = this.asked.get(code);
    this.asked.delete(code);
    if (!asked) return null;
    const { request } = asked;
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    const matches =
      request.get('code_challenge_method') === 'S256' &&
      request.get('code_challenge') === challenge &&
      request.get('redirect_uri') === form.get('redirect_uri') &&
      request.get('client_id') === form.get('client_id');
    return matches ? asked : null;
  }
}
