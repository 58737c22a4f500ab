import {
  changeUserSchema,
  createSessionSchema,
  createTenantSchema,
  enrollSchema,
  limitsSchema,
  machineTokenSchema,
  policyCheckSchema,
  sessionFilterSchema,
  userListSchema,
} from '#access';
import { nameSchema, textSchema } from '#contract';
import { securitySchema } from '#policy';
import type { Route } from '../route.js';
import * as answer from './answers.js';
import { memoryBodySchema, newUserSchema, rolesBodySchema, trustBodySchema } from './requests.js';

const IF_MATCH = { 'If-Match': 'The version it replaces, in quotes; any, without' };
const session = { id: nameSchema };
const memory = { id: nameSchema, key: textSchema(256) };

/** People, their sessions, devices and tokens; tenants, and what they allow. */
export const PEOPLE_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: '/v1/sessions',
    summary: 'Live sessions: your own, or those of others with session:manage',
    query: sessionFilterSchema,
    answers: { 200: answer.sessionPage },
  },
  {
    method: 'POST',
    path: '/v1/sessions',
    summary: 'Begin another session of your own, with some of your roles',
    body: createSessionSchema,
    answers: { 201: answer.createdSession },
  },
  {
    method: 'DELETE',
    path: '/v1/sessions/:id',
    summary: 'End a session, and all it has open',
    params: session,
    answers: { 204: answer.nothing },
  },
  {
    method: 'GET',
    path: '/v1/sessions/:id/memory',
    summary: 'Under which keys your session remembers something',
    params: session,
    answers: { 200: answer.memoryKeys },
  },
  {
    method: 'GET',
    path: '/v1/sessions/:id/memory/:key',
    summary: 'What your session remembers under a key',
    params: memory,
    answers: { 200: answer.memoryEntry },
  },
  {
    method: 'PUT',
    path: '/v1/sessions/:id/memory/:key',
    summary: 'Remember a value',
    params: memory,
    headers: { ...IF_MATCH, 'If-None-Match': '*, to write only where there is nothing' },
    body: memoryBodySchema,
    answers: { 200: answer.memoryEntry },
  },
  {
    method: 'DELETE',
    path: '/v1/sessions/:id/memory/:key',
    summary: 'Forget a value',
    params: memory,
    headers: IF_MATCH,
    answers: { 204: answer.nothing },
  },
  {
    method: 'GET',
    path: '/v1/devices',
    summary: 'Enrolled devices: your own, or all with admin:all',
    answers: { 200: answer.devices },
  },
  {
    method: 'POST',
    path: '/v1/devices',
    summary: 'Enrol a key, with a request that it signs',
    headers: { DPoP: 'A proof by the key (RFC 9449)' },
    body: enrollSchema,
    answers: { 201: answer.device },
  },
  {
    method: 'POST',
    path: '/v1/devices/:id/trust',
    summary: 'Say what is thought of a device',
    body: trustBodySchema,
    answers: { 200: answer.device },
  },
  {
    method: 'DELETE',
    path: '/v1/devices/:id',
    summary: 'Revoke a device: its key counts for nothing, and its sessions end',
    answers: { 204: answer.nothing },
  },
  {
    method: 'GET',
    path: '/v1/tokens',
    summary: 'Tokens of your machines',
    answers: { 200: answer.machineTokens },
  },
  {
    method: 'POST',
    path: '/v1/tokens',
    summary: 'Make a token for a machine; it is told once',
    body: machineTokenSchema,
    answers: { 201: answer.issuedToken },
  },
  {
    method: 'DELETE',
    path: '/v1/tokens/:id',
    summary: 'Revoke a token',
    answers: { 204: answer.nothing },
  },
  {
    method: 'GET',
    path: '/v1/users',
    summary: 'The people of your tenant',
    query: userListSchema,
    answers: { 200: answer.userPage },
  },
  {
    method: 'POST',
    path: '/v1/users',
    summary: 'Make a user; without a password, with a token to choose one',
    body: newUserSchema,
    answers: { 201: answer.createdUser },
  },
  { method: 'GET', path: '/v1/users/:id', summary: 'One user', answers: { 200: answer.user } },
  {
    method: 'PATCH',
    path: '/v1/users/:id',
    summary: 'Change a user; disabling ends all they have open',
    body: changeUserSchema,
    answers: { 200: answer.user },
  },
  {
    method: 'GET',
    path: '/v1/users/:id/roles',
    summary: 'The roles of a user',
    answers: { 200: answer.roles },
  },
  {
    method: 'PUT',
    path: '/v1/users/:id/roles',
    summary: 'Replace the roles of a user',
    body: rolesBodySchema,
    answers: { 200: answer.roles },
  },
  {
    method: 'POST',
    path: '/v1/users/:id/password-reset',
    summary: 'A token, for half an hour, to choose a new password with',
    answers: { 200: answer.oneTimeToken },
  },
  { method: 'GET', path: '/v1/tenants', summary: 'All tenants', answers: { 200: answer.tenants } },
  {
    method: 'POST',
    path: '/v1/tenants',
    summary: 'Make a tenant with its first admin',
    body: createTenantSchema,
    answers: { 201: answer.madeTenant },
  },
  { method: 'GET', path: '/v1/limits', summary: 'What your tenant may use', answers: { 200: answer.limits } },
  {
    method: 'PUT',
    path: '/v1/limits',
    summary: 'Replace the limits of your tenant',
    headers: IF_MATCH,
    body: limitsSchema,
    answers: { 200: answer.limits },
  },
  {
    method: 'GET',
    path: '/v1/policy',
    summary: 'The policy of your tenant',
    answers: { 200: answer.policy },
  },
  {
    method: 'PUT',
    path: '/v1/policy',
    summary: 'Replace the policy of your tenant',
    headers: IF_MATCH,
    body: securitySchema,
    answers: { 200: answer.policy },
  },
  {
    method: 'POST',
    path: '/v1/policy/check',
    summary: 'Would this be allowed, and why',
    body: policyCheckSchema,
    answers: { 200: answer.explanation },
  },
];
