export { checkValues } from './check.js';
export type { Reading } from './check.js';
export { invalidSettings } from './problem.js';
export type { Problem, Where } from './problem.js';
export { readYaml } from './read-yaml.js';
