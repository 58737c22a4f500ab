import type { Explanation } from '#policy';
import { answerTo, withQuestion } from '../policy-question.js';
import type { Question } from '../policy-question.js';
import type { Column } from '../table.js';
import { exitOf, verdictText } from '../verdict.js';
import { examples } from '../verb.js';
import type { Verb } from '../verb.js';

type Step = Explanation['steps'][number];

const COLUMNS: readonly Column<Step>[] = [
  {
    title: 'PASSED',
    of: ({ passed }) => (passed ? 'yes' : 'NO'),
    tone: ({ passed }) => (passed ? 'good' : 'bad'),
  },
  { title: 'LAYER', of: ({ layer }) => layer },
  { title: 'RULE', of: ({ rule }) => rule },
  { title: 'DEMANDS', of: ({ demands }) => demands, width: 60 },
  { title: 'WHY NOT', of: ({ why }) => why, width: 100 },
];

export const policyExplain: Verb = (group, verbs) => {
  withQuestion(group.command('explain'))
    .description('every rule that was looked at, in order, and what was decided; exit codes as of check')
    .addHelpText(
      'after',
      examples(
        'coderclaw policy explain --agent code-modifier --as ada --role developer --trust untrusted',
        'coderclaw policy explain --permission task:cancel --json | jq "select(.passed == false)"',
      ),
    )
    .action(
      verbs.action(async (call, question: Question) => {
        const { verdict, steps } = await answerTo(call, question);
        await call.output.rows(steps, COLUMNS, 'no rule concerns it');
        await call.output.result(verdict, (said) => verdictText(said, call.output.color));
        return exitOf(verdict);
      }),
    );
};
