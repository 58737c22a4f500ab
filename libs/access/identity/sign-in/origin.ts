/** Where a sign-in comes from. */
export type Origin = Readonly<{
  /** The network address of the caller's end. */
  address: string;
  /** RFC 7638 thumbprint of the key whose proof came with the request, verified: tokens are bound to it. */
  key?: string | undefined;
  traceId?: string | undefined;
}>;

/** What the audit calls the ways in. */
export type SignInAction =
  | 'auth.local'
  | 'auth.oidc'
  | 'auth.google'
  | 'auth.github'
  | 'auth.ci'
  | 'auth.device'
  | 'auth.refresh'
  | 'auth.logout'
  | 'auth.setup'
  | 'auth.reset';
