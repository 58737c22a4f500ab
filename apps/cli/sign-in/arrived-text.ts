import type { Arrived } from './sign-in.js';

/** Says who one is now, and what is missing to be trusted. */
export const arrivedText = ({ url, user, sessionId, roles, trust }: Arrived): string =>
  `signed in to ${url} as ${user} (${roles.join(', ') || 'no roles'}); session ${sessionId}, this machine is ${trust}`;
