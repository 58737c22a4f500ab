/** Larger requests are refused. */
export const MAX_BODY_BYTES = 1024 * 1024;

/** Whoever signs in says little, and is not known yet. */
export const MAX_SIGN_IN_BYTES = 8 * 1024;

/** How the HTTP server meets the world. */
export abstract class HttpServerOptions {
  /** The product's version, as OpenAPI says it. */
  abstract readonly version: string;

  /** Host names, beside loopback's own, that requests over loopback may ask for: those of a proxy on this machine. */
  abstract readonly hosts: readonly string[];

  /** How callers reach the server, where a proxy stands before it: `https://mesh.example`. @default what they say */
  abstract readonly publicUrl: string | undefined;

  /** Origins, beside the server's own, whose pages may call: `https://console.example`. */
  abstract readonly origins: readonly string[];

  /** Addresses and networks of proxies, whose word on where a request comes from is taken. */
  abstract readonly trustedProxies: readonly string[];

  /** Roles of somebody who signs in for the first time, vouched for by an identity provider. */
  abstract readonly defaultRoles: readonly string[];
}

/** @default version 0.0.0, no further hosts and origins, no proxies, no roles */
export const httpServerOptions = (given: Partial<HttpServerOptions> = {}): HttpServerOptions => ({
  version: '0.0.0',
  hosts: [],
  publicUrl: undefined,
  origins: [],
  trustedProxies: [],
  defaultRoles: [],
  ...given,
});
