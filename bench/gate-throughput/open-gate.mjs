// For the benchmark beside it alone: `node --import` this, and the gate of the built product judges and records nothing.
// The product has no such switch.
const built = (path) => import(new URL(`../../dist/libs/${path}`, import.meta.url).href);
const { Gate } = await built('access/gate.service.js');
const { uuidv7 } = await built('contract/index.js');

const VERDICT = {
  allowed: true,
  rule: 'none',
  reason: 'not judged',
  missing: [],
  policyHash: '',
  needsApproval: false,
};

Gate.prototype.execute = function execute(actor, command) {
  const at = this.clock.now().toISOString();
  return this.commands.execute(command.because({ actor, verdict: VERDICT, at, commitId: uuidv7() }));
};

Gate.prototype.query = function query(actor, asked) {
  return this.queries.execute(asked.within({ tenant: actor.tenant, actor }));
};
