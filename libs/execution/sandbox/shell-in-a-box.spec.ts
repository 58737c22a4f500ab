import { shellContract } from '../shell.contract.js';
import { bwrapForSpecs, skipped } from './box-in-test.contract.js';

const { bwrap, missing } = await bwrapForSpecs();

shellContract(
  `the shell agent in a box${skipped(missing)}`,
  { sandbox: 'bubblewrap', bwrap },
  missing !== null,
);
