import { closedDatabase } from '../../facts/catalog.ts';
import type { FactValue } from '../../facts/facts.ts';
import type { Judgement } from '../define-check.ts';
import { tableEvidence } from './evidence.ts';
import { amount, listOf } from './words.ts';

/**
 * A pass over all databases, unless some could not be looked into: what was not seen cannot pass.
 * `clean` is what was found, as the beginning of a sentence without a full stop.
 */
export function notEveryDatabase(
  contents: FactValue<'contents'>,
  skippedDatabases: FactValue<'skippedDatabases'>,
  clean: string,
): Judgement {
  const skipped = skippedDatabases.filter(({ reason }) => reason !== closedDatabase);
  const seen = listOf(contents.map(({ database }) => database));
  if (skipped.length === 0) return { status: 'pass', summary: `${clean} (${seen}).`, evidence: [] };
  return {
    status: 'not-assessed',
    summary: `${clean} of ${seen || 'no database'}, but ${amount(skipped.length, 'database')} could not be looked into: ${listOf(skipped.map(({ database }) => database))}.`,
    evidence: [
      tableEvidence(
        ['Database', 'Reason'],
        skipped.map(({ database, reason }) => [database, reason]),
      ),
    ],
  };
}
