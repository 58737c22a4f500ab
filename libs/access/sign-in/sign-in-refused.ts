import { MeshError } from '#errors';

/** A sign-in that proved nothing. The reason names what did not match, never a value that is a secret. */
export const refused = (reason: string, hint?: string): MeshError =>
  new MeshError('unauthenticated', reason, hint === undefined ? {} : { hint });

/** Somebody is who they say, and yet may not come in. */
export const denied = (reason: string, hint?: string): MeshError =>
  new MeshError('access_denied', reason, hint === undefined ? {} : { hint });
