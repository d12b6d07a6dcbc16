import { loginLog } from '../../access/login-log.ts';
import { rulePlace, ruleText } from '../../checks/support/hba-view.ts';
import { disableRule } from '../support/hba.ts';
import { ruleFix } from '../support/rule-fix.ts';
import { ticked } from '../support/sql.ts';

export const disableUnused = ruleFix({
  id: 'disable-unused',
  check: 'hba-unused',
  title: 'Comment out the rules that nobody uses',
  description:
    'Each line that you choose gets a # in front of it and a note with the period. Whoever comes rarely is refused from then on: yearly reports, the restore of a backup, a standby that waits for its turn. Nobody who was seen is.',
  needs: ['logins', 'settings', 'system'],
  cutsOff: true,
  // Who comes rarely stands in no log.
  safe: false,
  choices: ({ view, rules }) => [
    {
      kind: 'many',
      key: 'lines',
      label: 'Which of these lines does nobody need?',
      options: rules.map((rule) => ({
        value: rulePlace(view, rule),
        label: rulePlace(view, rule),
        seen: ruleText(rule, view.major),
        chosen: true,
      })),
    },
  ],
  edits({ view, rules }, answers, all) {
    const places = rules.map((rule) => rulePlace(view, rule));
    const chosen = new Set(answers['lines'] === undefined ? places : ticked(answers, 'lines', places));
    if (chosen.size === 0) return 'Choose at least one line.';
    const log = loginLog(all);
    const period = log.ok ? ` since ${log.since.slice(0, 10)}` : '';
    return rules
      .filter((rule) => chosen.has(rulePlace(view, rule)))
      .map((rule) => disableRule(rule, `no login came by this line${period}`));
  },
});
