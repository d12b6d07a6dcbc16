import { diffLines } from 'diff';
import { managerHit, managerNamed, type Manager } from '../config/managed.ts';
import type { FactSet } from '../facts/facts.ts';
import { printable, shorten } from '../lib/hostile-text.ts';
import { textOfBytes } from '../lib/text-bytes.ts';
import { removeSetting, setSetting } from '../config/edit.ts';
import { applyHbaEdits } from '../hba/edit.ts';
import type { Operation, OperationOf } from './operation.ts';

/** Why operations are left to the program that manages the configuration, and what to do there. */
export interface ManagedObstacle {
  readonly manager: Manager;
  readonly reason: string;
}

const shownLines = 4;
const patroniOnly = 'Patroni';

interface FileChange {
  readonly path: string;
  readonly before: string;
  readonly after: string;
}

/** Whether anybody else writes the configuration of the target, or a part of it. */
export function isManaged(facts: FactSet): boolean {
  if (facts.cluster.state === 'collected' && facts.cluster.value.managedBy !== null) return true;
  return (
    facts.configurationFiles.state === 'collected' &&
    facts.configurationFiles.value.some(({ managedBy }) => managedBy !== null)
  );
}

/**
 * What stands in the way of operations on a target where another program writes the configuration. A cluster whose
 * manager rewrites at once takes no change of settings, of pg_hba.conf, and no restart from here. Otherwise only
 * changes of what a manager marked as its own in a file count, and the person may want them all the same
 * (`editManaged`).
 */
export function managedObstacle(
  operations: readonly Operation[],
  facts: FactSet,
  editManaged: boolean,
): ManagedObstacle | null {
  const cluster = facts.cluster.state === 'collected' ? facts.cluster.value : null;
  const manager = cluster?.managedBy == null ? null : managerNamed(cluster.managedBy);
  const settings = operations.filter((operation) => operation.kind === 'setting');
  const files = fileChanges(operations, facts);
  if (manager?.rewrites === 'always') {
    const hba = operations.some(({ kind }) => kind === 'hba');
    const restarts = operations.some(
      (operation) =>
        operation.kind === 'restart' || (operation.kind === 'package' && operation.action === 'upgrade'),
    );
    if (settings.length === 0 && !hba && !restarts) return null;
    return { manager, reason: inPlaceOf(manager, settings, files, restarts) };
  }
  const hit = files.filter((change) => managerHit(change.before, change.after) !== null);
  const by = hit.map(({ before, after }) => managerHit(before, after)).find((one) => one !== null);
  if (by === undefined) return null;
  if (by.rewrites === 'at-next-run' && editManaged) return null;
  if (by.rewrites === 'always') return { manager: by, reason: inPlaceOf(by, settings, hit, false) };
  const inFile = settings.some(({ via }) => via === 'file');
  const ways = [
    ...(inFile ? ['have settings written by ALTER SYSTEM'] : []),
    'allow changes of managed files (in the settings, or --edit-managed)',
  ];
  return {
    manager: by,
    reason: `${namesOf(hit)} is managed by ${by.name}, which would take the change back the next time it runs. Make it there: ${hit.map(({ before, after }) => lineChange(before, after)).join('; ')}. Or ${ways.join(', or ')}.`,
  };
}

const namesOf = (changes: readonly FileChange[]): string =>
  [...new Set(changes.map(({ path }) => printable(path)))].join(' and ');

function inPlaceOf(
  { name }: Manager,
  settings: readonly OperationOf<'setting'>[],
  files: readonly FileChange[],
  restarts: boolean,
): string {
  const rules = files.filter(({ path }) => !settings.some(({ file }) => file === path));
  const values = settings.map(
    (setting) =>
      `${setting.name}: ${setting.value === null ? '(remove it)' : `'${setting.value.replaceAll("'", "''")}'`}`,
  );
  const steps =
    name === patroniOnly
      ? [
          ...(settings.length === 0
            ? []
            : [`run \`patronictl edit-config\` and set under postgresql.parameters: ${values.join(', ')}`]),
          ...(rules.length === 0
            ? []
            : [
                `change the list postgresql.pg_hba (in \`patronictl edit-config\`, or in Patroni's own file): ${rules.map(({ before, after }) => lineChange(before, after)).join('; ')}`,
              ]),
          ...(restarts || settings.some(({ effect }) => effect === 'restart')
            ? ['restart by `patronictl restart`, one member after the other']
            : []),
        ]
      : [
          ...(settings.length === 0 ? [] : [`set there: ${values.join(', ')}`]),
          ...rules.map(({ before, after }) => `change there: ${lineChange(before, after)}`),
          ...(restarts ? ['restart by its own means'] : []),
        ];
  return `${name} runs this cluster and writes its configuration: what is changed here would be lost or would set this member apart from the others. Instead, ${steps.join('; ')}.`;
}

/** A change of a file in words: which lines go and which come. */
function lineChange(before: string, after: string): string {
  const parts = diffLines(before, after);
  const linesOf = (kind: 'added' | 'removed'): string[] =>
    parts
      .filter((part) => part[kind])
      .flatMap(({ value }) => value.split('\n'))
      .map((line) => printable(textOfBytes(line)).replace(/\s+/g, ' ').trim())
      .filter((line) => line !== '' && !line.startsWith('#'));
  const listed = (lines: readonly string[]): string =>
    `${lines
      .slice(0, shownLines)
      .map((line) => `\`${shorten(line, 120)}\``)
      .join(', ')}${lines.length > shownLines ? ` and ${lines.length - shownLines} more` : ''}`;
  const [removed, added] = [linesOf('removed'), linesOf('added')];
  if (removed.length === 0) return `add ${listed(added)}`;
  return added.length === 0
    ? `remove ${listed(removed)}`
    : `in place of ${listed(removed)} write ${listed(added)}`;
}

/** The texts of configuration files before and after the operations, as far as they are known. */
function fileChanges(operations: readonly Operation[], facts: FactSet): readonly FileChange[] {
  const files = facts.configurationFiles.state === 'collected' ? facts.configurationFiles.value : [];
  const texts = new Map<string, string>();
  for (const operation of operations) {
    const path =
      operation.kind === 'hba'
        ? operation.file
        : operation.kind === 'setting' && operation.via === 'file'
          ? operation.file
          : null;
    const text =
      path === null ? null : (texts.get(path) ?? files.find((file) => file.path === path)?.text ?? null);
    if (path === null || text === null) continue;
    texts.set(path, edited(text, operation));
  }
  return [...texts].map(([path, after]) => ({
    path,
    before: files.find((file) => file.path === path)?.text ?? '',
    after,
  }));
}

function edited(text: string, operation: Operation): string {
  if (operation.kind === 'setting')
    return operation.value === null
      ? removeSetting(text, operation.name)
      : setSetting(text, operation.name, operation.value);
  if (operation.kind !== 'hba') return text;
  const result = applyHbaEdits(text, operation.edits, { path: operation.file, major: operation.major });
  return result.ok ? result.text : text;
}
