import type { ProviderKind } from '#access';
import { escape, page, pagePolicy } from '../html.js';
import type { Problem } from '../wire.js';
import { DEVICE_PAGE } from './token-answers.js';

const STYLE = `
body { font: 16px/1.5 system-ui, sans-serif; max-width: 28rem; margin: 3rem auto; padding: 0 1rem; color: #1a1a1a; background: #fff }
h1 { font-size: 1.25rem } code { font: 1.1em ui-monospace, monospace; letter-spacing: 0.05em }
label { display: block; margin: 0.75rem 0 } input { font: inherit; display: block; width: 100%; box-sizing: border-box; padding: 0.4rem }
button, a.go { font: inherit; display: inline-block; margin: 0.5rem 0.5rem 0 0; padding: 0.5rem 1rem; border: 1px solid #0b5394; border-radius: 4px; background: #0b5394; color: #fff; text-decoration: none }
button.no { background: none; color: inherit }
@media (prefers-color-scheme: dark) { body { color: #eee; background: #161616 } }
`;

/**
 * A form's origin is told to us only where the policy for referrers lets it be (Fetch, "append a request Origin header"),
 * and by it forms of other sites are told apart.
 */
export const PAGE_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': pagePolicy(STYLE, "'self'"),
  'referrer-policy': 'same-origin',
} as const;

const show = (title: string, body: string): string =>
  page(`${title} – CoderClaw Mesh`, STYLE, `<h1>${escape(title)}</h1>\n${body}`);

/** Which device is it? */
export const codePage = (): string =>
  show(
    'Let a device in',
    `<form action="${DEVICE_PAGE}" method="get">
<label>The code that the device shows <input name="user_code" required maxlength="16" autocomplete="off" autofocus></label>
<button>Go on</button>
</form>`,
  );

const NAMES = {
  oidc: 'the identity provider',
  google: 'Google',
  github: 'GitHub',
} as const satisfies Record<ProviderKind, string>;

/** Links, not forms: a page whose forms go nowhere else may not send one on to a provider. */
const providerLink = (kind: ProviderKind, userCode: string): string =>
  `<a class="go" href="${escape(`/v1/auth/${kind}?user_code=${encodeURIComponent(userCode)}`)}">Sign in with ${NAMES[kind]}</a>`;

/** Who are you? */
export const signInPage = (userCode: string, kinds: readonly ProviderKind[]): string =>
  show(
    'Sign in to let a device in',
    `<p>The code is <code>${escape(userCode)}</code>. Next, you are shown which device it is.</p>
${kinds.map((kind) => providerLink(kind, userCode)).join('\n')}
<form action="${DEVICE_PAGE}" method="post">
<input type="hidden" name="user_code" value="${escape(userCode)}">
<label>Name <input name="name" required maxlength="256" autocomplete="username"></label>
<label>Password <input name="password" type="password" required maxlength="256" autocomplete="current-password"></label>
<label>Tenant, if it is not the default one <input name="tenant" maxlength="128" autocomplete="organization"></label>
<button>Sign in</button>
</form>`,
  );

/** What waits to be let in, and who decides. */
export type Decision = Readonly<{ client: string; userCode: string; userName: string; token: string }>;

/** May it come in? The token is the form's alone: no other page knows it, and it is over when the person has decided. */
export const decisionPage = ({ client, userCode, userName, token }: Decision): string =>
  show(
    'Let this device in?',
    `<p><strong>${escape(client)}</strong> shows the code <code>${escape(userCode)}</code> and asks to act as <strong>${escape(userName)}</strong>.</p>
<p>Only if it is before you, and you began this yourself: whoever sent you here with a code wants to be you.</p>
<form action="${DEVICE_PAGE}" method="post">
<input type="hidden" name="user_code" value="${escape(userCode)}">
<input type="hidden" name="token" value="${escape(token)}">
<button name="decision" value="approve">Let it in</button>
<button class="no" name="decision" value="refuse">Refuse</button>
</form>`,
  );

export const decidedPage = (client: string, approved: boolean): string =>
  show(
    approved ? 'The device is let in' : 'The device is refused',
    `<p>${escape(client)} ${approved ? 'goes on by itself' : 'stays out'}. You can close this page.</p>`,
  );

/** Where a program on this machine waits for its code; it is sent on a person's word alone. */
export const programPage = (who: string, location: URL): string =>
  show(
    'Let a program on this machine in?',
    `<p>A program that listens at <code>${escape(location.host)}</code> asks to act as <strong>${escape(who)}</strong>.</p>
<p>Only if you have just begun to sign in there. If you have not, close this page: nothing has been sent.</p>
<a class="go" rel="noreferrer" href="${escape(location.href)}">Let it in</a>`,
  );

/** The same where a program waits to hear it, to which the browser goes on by itself. */
export const programRefusedPage = ({ title, detail }: Problem, location: URL): string =>
  show(
    title,
    `<p>${escape(detail)}</p>
<p>The program that listens at <code>${escape(location.host)}</code> is told.</p>
<a class="go" rel="noreferrer" href="${escape(location.href)}">Tell it now</a>`,
  );

/** Why it did not go as it should, for who reads it in a browser. */
export const problemPage = ({ title, detail, hint }: Problem): string =>
  show(
    title,
    `<p>${escape(detail)}</p>\n${hint === undefined ? '' : `<p>${escape(hint)}</p>\n`}<p>You can close this page.</p>`,
  );
