import { answerTo, withQuestion } from '../policy-question.js';
import type { Question } from '../policy-question.js';
import { exitOf, verdictText } from '../verdict.js';
import { examples } from '../verb.js';
import type { Verb } from '../verb.js';

export const policyCheck: Verb = (group, verbs) => {
  withQuestion(group.command('check'))
    .description('would this be allowed; exit code 0 if it would, 3 if not')
    .addHelpText(
      'after',
      examples(
        'coderclaw policy check --permission task:submit',
        'coderclaw policy check --agent code-modifier --as ada --role developer --trust verified',
        'coderclaw policy check --skill shell-exec --as job-1 --role ci --file .coderClaw/security.yaml',
      ),
    )
    .action(
      verbs.action(async (call, question: Question) => {
        const { verdict } = await answerTo(call, question);
        await call.output.result(verdict, (said) => verdictText(said, call.output.color));
        return exitOf(verdict);
      }),
    );
};
