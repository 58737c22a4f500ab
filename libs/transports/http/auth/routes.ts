import { PROVIDER_KINDS } from '#access';
import type { Route } from '../route.js';
import * as answer from './answers.js';
import {
  beginSchema,
  deviceCodeSchema,
  deviceFormSchema,
  devicePageSchema,
  jobSchema,
  localSchema,
  newPasswordSchema,
  refreshSchema,
  setupSchema,
  tokenSchema,
} from './schemas.js';

const FORM = 'application/x-www-form-urlencoded';
const JSON_OR_FORM = ['application/json', FORM];

const headers = { DPoP: 'A proof of the key that the tokens are to be bound to (RFC 9449)' };

const post = (path: string, summary: string, body: NonNullable<Route['body']>) =>
  ({ method: 'POST', path: `/v1/auth/${path}`, summary, signedIn: false, headers, body }) as const;

/** How people and machines sign in. */
export const AUTH_ROUTES: readonly Route[] = [
  { ...post('local', 'Sign in by name and password', localSchema), answers: { 200: answer.signedIn } },
  {
    ...post('setup', 'Make the first admin with the one-time token of the server, and sign in', setupSchema),
    answers: { 200: answer.signedIn },
  },
  {
    ...post('refresh', 'New tokens for a refresh token; a second use ends the session', refreshSchema),
    answers: { 200: answer.signedIn },
  },
  {
    method: 'POST',
    path: '/v1/auth/logout',
    summary: 'End the session',
    answers: { 204: '' },
  },
  {
    ...post('password', 'Set a password with the token that an admin had made', newPasswordSchema),
    answers: { 204: '' },
  },
  {
    ...post('ci/github', 'Sign a job of GitHub Actions in by its OIDC token', jobSchema),
    answers: { 200: answer.signedIn },
  },
  {
    ...post('device-code', 'A code by which a person lets a device in (RFC 8628)', deviceCodeSchema),
    bodyTypes: JSON_OR_FORM,
    answers: { 200: answer.deviceCode },
  },
  {
    ...post('token', 'Tokens for a device code, a refresh token or a one-time code (RFC 6749)', tokenSchema),
    bodyTypes: JSON_OR_FORM,
    answers: { 200: answer.tokens },
  },
  {
    method: 'GET',
    path: '/v1/auth/device',
    summary: 'The page on which a person lets a device in',
    signedIn: false,
    query: devicePageSchema,
    answers: { 200: 'text/html' },
  },
  {
    method: 'POST',
    path: '/v1/auth/device',
    summary: 'The forms of that page',
    signedIn: false,
    body: deviceFormSchema,
    bodyTypes: [FORM],
    answers: { 200: 'text/html' },
  },
  ...PROVIDER_KINDS.flatMap((kind): readonly Route[] => [
    {
      method: 'GET',
      path: `/v1/auth/${kind}`,
      summary: `Sign in through a browser by ${kind}: for tokens, for a program on this machine, or to let a device in`,
      signedIn: false,
      query: beginSchema,
      answers: { 302: '' },
    },
    {
      method: 'GET',
      path: `/v1/auth/${kind}/callback`,
      summary: `Where ${kind} sends the browser back to`,
      signedIn: false,
      answers: { 200: answer.signedIn },
    },
  ]),
];
