import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ReadJournal } from './chain.ts';
import { runsToPrune } from './keep-rule.ts';
import type { KeepRule } from './keep-rule.ts';
import { folderName, readLocalJournals } from './local-journal.ts';

/** How a run ended as far as this machine saw it; `unknown` while it did not. */
function stateOf({ entries }: ReadJournal): string {
  const outcome = entries.findLast(({ kind }) => kind === 'outcome' || kind === 'host-report');
  return typeof outcome?.result === 'string' ? outcome.result : 'unknown';
}

/** Removes what this machine keeps of runs that go by the rule; gives their names. */
export async function pruneLocal(
  home: string,
  targetKey: string,
  rule: KeepRule,
  now: Date,
): Promise<readonly string[]> {
  const known = await readLocalJournals(home, targetKey);
  const gone = runsToPrune(
    known.map(({ runId, journal }) => ({ id: runId, state: stateOf(journal) })),
    rule,
    now,
  );
  for (const id of gone) {
    await rm(join(home, 'runs', folderName(targetKey), `${id}.jsonl`), { force: true });
    await rm(join(home, 'changes', `${id}.json`), { force: true });
  }
  return gone;
}
