import { readFileSync } from 'node:fs';
import { ClientSecretBasic, ClientSecretPost, None } from 'openid-client';
import type { ClientAuth, ServerMetadata } from 'openid-client';
import { MeshError, messageOf } from '#errors';

/**
 * What a secret's file holds, without the line end that editors leave.
 *
 * @param field the setting that names the file
 * @throws {MeshError} `invalid_request` if it cannot be read or holds nothing
 */
export function readSecret(file: string, field: string): string {
  const secret = contentOf(file, field).trim();
  if (secret !== '') return secret;
  throw new MeshError('invalid_request', `${field}: ${file} is empty`, { field });
}

function contentOf(file: string, field: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new MeshError('invalid_request', `${field}: ${file} cannot be read: ${messageOf(error)}`, {
      field,
    });
  }
}

/** Where a client secret is, and which setting says so. */
export type SecretFile = Readonly<{ file: string; field: string }>;

/**
 * Shows the secret to the token endpoint in the way it takes. The file is read each time: a secret that was replaced
 * counts at once.
 */
export const clientAuth =
  (secret: SecretFile | undefined): ClientAuth =>
  (server, client, body, headers) => {
    const how = secret ? methodOf(server)(secretNow(secret)) : None();
    how(server, client, body, headers);
  };

/** Whoever signs in now can do nothing about it, and need not know which files a server has. */
function secretNow({ file, field }: SecretFile): string {
  try {
    return readSecret(file, field);
  } catch (cause) {
    throw new MeshError(
      'internal',
      `the file of ${field} cannot be read any more`,
      { hint: 'the operator puts it back' },
      { cause },
    );
  }
}

/** Basic is what a provider that says nothing takes (OpenID Connect Discovery 3). */
const methodOf = ({ token_endpoint_auth_methods_supported: methods }: ServerMetadata) =>
  methods === undefined || methods.includes('client_secret_basic') ? ClientSecretBasic : ClientSecretPost;
