import type { HbaEdit } from '../../hba/edit.ts';
import type { Finding } from '../../findings/finding.ts';
import { defineFix } from '../define-fix.ts';
import { hbaPlan } from '../support/hba.ts';
import { offered } from '../support/offers.ts';

function linesOf(finding: Finding): readonly { file: string; line: number }[] {
  return finding.subjects.flatMap(({ kind, name }) => {
    const colon = name.lastIndexOf(':');
    const line = Number(name.slice(colon + 1));
    return kind === 'hba-line' && Number.isInteger(line) ? [{ file: name.slice(0, colon), line }] : [];
  });
}

export const disableBrokenLines = defineFix({
  id: 'disable-broken-lines',
  resolves: ['hba-parse-errors'],
  title: 'Comment out the lines that the server refuses',
  description:
    'Each such line gets a # in front of it and a note. With that the server loads the rest of the file, so changes that were not in force until now come into force.',
  effect: 'reload',
  reversible: true,
  cutsOff: true,
  // Which rules are in force now cannot be seen, so who would lose his way in cannot be told.
  safe: false,
  needs: ['configurationFiles', 'cluster'],
  offer: () => offered,
  choices: () => [],
  plan: (facts, finding) =>
    hbaPlan(
      facts.cluster.major,
      linesOf(finding).map(({ file, line }): HbaEdit => ({
        kind: 'disable',
        file,
        line,
        note: 'the server could not read this line',
      })),
    ),
});
