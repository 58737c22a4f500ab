import { MeshError } from '#errors';

/** A setting that this mode cannot do without. */
export const missingSetting = (field: string, variable: string, example: string): MeshError =>
  new MeshError('invalid_request', `${field}: is needed in this mode`, {
    field,
    hint: `set ${field} in .coderClaw/runtime.yaml or ${variable}, e.g. ${example}`,
  });
