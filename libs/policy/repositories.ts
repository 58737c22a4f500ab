const SCHEMES: ReadonlySet<string> = new Set(['https:', 'ssh:', 'file:']);

/** A pattern says its scheme itself: nothing on this machine's disk is opened by a star. */
export const isRepositoryPattern = (pattern: string): boolean =>
  /^(https|ssh|file):\/\/[^\s\\%?#]+$/.test(pattern);

/**
 * Why a task may not work on a repository; null if it may. Where no layer names repositories none may be, and of several
 * layers that do, all must.
 */
export function repositoryRefusal(
  { repositories }: Readonly<{ repositories: readonly (readonly string[])[] }>,
  url: string,
): string | null {
  const fault = faultOf(url);
  if (fault !== null) return fault;
  if (repositories.length === 0) return 'the policy names no repositories (workspaces.repositories)';
  const isAllowed = repositories.every((patterns) => patterns.some((pattern) => matches(pattern, url)));
  return isAllowed ? null : 'the policy does not allow this repository (workspaces.repositories)';
}

/** What makes a URL none to be handed to git, whatever the policy says. */
function faultOf(url: string): string | null {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (!parsed || !SCHEMES.has(parsed.protocol)) return 'must be an https://, ssh:// or file:// URL';
  const { username, href } = parsed;
  if (hasCredentials(parsed))
    return 'must have no user or password in it: workers have credentials of their own';
  if (username.startsWith('-') || parsed.hostname.startsWith('-')) return 'must name a host';
  if (/[%\\?#\s\p{Cc}]/u.test(url)) return 'must have no %, \\, ?, # or space in it';
  return href === url ? null : `must be written as ${href}`;
}

/** The user of SSH is the name of an account, and no secret. */
const hasCredentials = ({ username, password, protocol }: URL): boolean =>
  password !== '' || (username !== '' && protocol !== 'ssh:');

/** `*` stands for a part of a name, `**` for anything. */
function matches(pattern: string, url: string): boolean {
  const source = pattern
    .split(/(\*+)/)
    .map((part) =>
      part.startsWith('**') ? '.*' : part === '*' ? '[^/]*' : part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'),
    );
  return new RegExp(`^${source.join('')}$`).test(url);
}
