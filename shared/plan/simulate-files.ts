import type { FileSetting } from '../facts/cluster.ts';
import { collected } from '../facts/fact.ts';
import type { FactSet } from '../facts/facts.ts';
import { mapFact } from './fact-changes.ts';

/** With this message pg_file_settings marks a value that is right and waits for a restart. */
export const waitsForRestart = /^setting could not be applied$/i;

/** The view of the files without some lines, and the values that count then. */
export function withoutFileRows(
  facts: FactSet,
  isGone: (row: FileSetting) => boolean,
  effect: 'reload' | 'restart',
): FactSet {
  const before = facts.fileSettings.state === 'collected' ? facts.fileSettings.value : [];
  const left = before.filter((row) => !isGone(row));
  if (left.length === before.length) return facts;
  // With a line that it cannot read or a name that it does not know the server takes nothing of its files.
  const refused = left.some(({ error }) => error !== null && !waitsForRestart.test(error));
  const deciding = (name: string | null) =>
    left.findLast((row) => name !== null && row.name === name && row.error === null);
  const rows = left.map((row) =>
    row.name === null || row.error !== null
      ? row
      : { ...row, applied: !refused && deciding(row.name) === row },
  );
  const lost = new Set(
    before
      .filter((row) => isGone(row) && before.findLast(({ name }) => name === row.name) === row)
      .map(({ name }) => name),
  );
  return mapFact({ ...facts, fileSettings: collected(rows) }, 'settings', (settings) =>
    settings.map((setting) => {
      if (!lost.has(setting.name)) return setting;
      if (effect === 'restart') return { ...setting, pendingRestart: true };
      if (setting.context === 'postmaster') return setting;
      const row = deciding(setting.name);
      return {
        ...setting,
        value: row?.value ?? setting.bootValue ?? '',
        source: row === undefined ? 'default' : 'configuration file',
        sourceFile: row?.sourceFile ?? null,
        sourceLine: row?.sourceLine ?? null,
      };
    }),
  );
}
