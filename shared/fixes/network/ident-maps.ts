import type { HbaEdit } from '../../hba/edit.ts';
import type { Finding } from '../../findings/finding.ts';
import type { AnyFix } from '../define-fix.ts';
import { defineFix } from '../define-fix.ts';
import { hbaPlan } from '../support/hba.ts';
import { offered } from '../support/offers.ts';

/** Fixes of pg_ident.conf: the lines that a check objects to are commented out. The edits are those of pg_hba.conf. */

function linesOf(finding: Finding): readonly { file: string; line: number }[] {
  return finding.subjects.flatMap(({ kind, name }) => {
    const colon = name.lastIndexOf(':');
    const line = Number(name.slice(colon + 1));
    return kind === 'ident-line' && Number.isInteger(line) ? [{ file: name.slice(0, colon), line }] : [];
  });
}

function disableMaps(id: string, check: string, title: string, description: string, note: string): AnyFix {
  return defineFix({
    id,
    resolves: [check],
    title,
    description,
    effect: 'reload',
    reversible: true,
    cutsOff: true,
    // Who came in by a map is nowhere to be seen.
    safe: false,
    needs: ['configurationFiles', 'cluster'],
    offer: () => offered,
    choices: () => [],
    plan: (facts, finding) =>
      hbaPlan(
        facts.cluster.major,
        linesOf(finding).map(({ file, line }): HbaEdit => ({ kind: 'disable', file, line, note })),
      ),
  });
}

export const noSuperuserMaps = disableMaps(
  'no-superuser-maps',
  'ident-superuser-map',
  'Comment out maps that lead to a superuser',
  'Each such line of pg_ident.conf gets a # in front of it and a note. Accounts that came in by it need a role of their own, and a map to that.',
  'led to a superuser',
);

export const noCatchAllMaps = disableMaps(
  'no-catch-all-maps',
  'ident-catch-all',
  'Comment out maps that are for everybody',
  'Each such line of pg_ident.conf gets a # in front of it and a note. Accounts that came in by it need a line that names them.',
  'was for everybody',
);

export const disableBrokenMaps = disableMaps(
  'disable-broken-maps',
  'ident-errors',
  'Comment out the maps that the server refuses',
  'Each such line of pg_ident.conf gets a # in front of it and a note. With that the server loads the rest of the file.',
  'the server could not read this line',
);
