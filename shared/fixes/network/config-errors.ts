import { findSetting } from '../../checks/support/settings.ts';
import { listOf } from '../../checks/support/words.ts';
import { isAutoConfig } from '../../config/auto-config.ts';
import { settingKey } from '../../config/parse.ts';
import { formatSettingNumber, parseSettingValue } from '../../config/units.ts';
import type { FileSetting, Setting } from '../../facts/cluster.ts';
import type { Finding } from '../../findings/finding.ts';
import type { Operation } from '../../plan/operation.ts';
import { defineFix } from '../define-fix.ts';
import { lineOperations, linePlace, ownConfiguration, removableLine } from '../support/config-lines.ts';
import type { ConfigurationFacts, RemovableLine } from '../support/config-lines.ts';
import { allOffered, notOffered, offered } from '../support/offers.ts';
import { ticked } from '../support/sql.ts';

/** A line with an error, and how it goes: with a # in front of it, or by ALTER SYSTEM RESET. */
interface BrokenLine {
  readonly row: FileSetting;
  readonly line: RemovableLine | null;
}

const isFor = (row: FileSetting, name: string): boolean =>
  row.name !== null && settingKey(row.name) === settingKey(name);

/** ALTER SYSTEM RESET takes only names that the server knows; where a restart decides, the value in force is at stake. */
function canReset(row: FileSetting, settings: readonly Setting[]): boolean {
  const known = row.name === null ? undefined : findSetting(settings, row.name);
  return isAutoConfig(row) && known !== undefined && known.context !== 'postmaster';
}

function brokenLines(facts: ConfigurationFacts, finding: Finding): readonly BrokenLine[] {
  const places = new Set(finding.subjects.map(({ name }) => name));
  return (
    facts.fileSettings
      .filter((row) => row.error !== null && places.has(linePlace(row)))
      // A file that is included twice has its lines twice.
      .filter((row, index, rows) => rows.findIndex((one) => linePlace(one) === linePlace(row)) === index)
      .map((row) => ({ row, line: removableLine(facts.configurationFiles, row) }))
      .filter(({ row, line }) => line !== null || canReset(row, facts.settings))
  );
}

const unitText = ({ value, unit, type }: Setting): string =>
  type === 'integer' && /^\d+$/.test(value) ? formatSettingNumber(Number(value), unit) : value;

/** What decides once the line is gone: the last line that is left and has no error, or the built-in value. */
function afterwards({ row }: BrokenLine, known: Setting, facts: ConfigurationFacts): string {
  const left = facts.fileSettings.filter(
    (other) => isFor(other, known.name) && linePlace(other) !== linePlace(row),
  );
  const last = left.findLast(({ error }) => error === null);
  if (last !== undefined) return `${last.value ?? ''} (${linePlace(last)})`;
  return `${unitText({ ...known, value: known.bootValue ?? '' })} (the built-in value)`;
}

/** Settings in force whose file the server cannot read any more: the next load takes their values away. */
function settingsOfLostFiles({ settings, fileSettings }: ConfigurationFacts): readonly string[] {
  const read = new Set(fileSettings.map(({ sourceFile }) => sourceFile));
  return settings
    .filter(({ sourceFile }) => sourceFile !== null && !read.has(sourceFile))
    .map(({ name }) => name);
}

interface Advice {
  /** What commenting the line out means. */
  readonly means: string;
  /** Whether it is surely an error, and nobody's wish that waits for something. */
  readonly sure: boolean;
}

function adviceFor(broken: BrokenLine, facts: ConfigurationFacts): Advice {
  const { row, line } = broken;
  if (row.name === null) {
    if (line?.kind !== 'include') return { means: 'it sets nothing, so no value changes', sure: true };
    const lost = settingsOfLostFiles(facts);
    return {
      means: `what it was to bring stays away${lost.length === 0 ? '' : `; ${listOf(lost)} would fall back`}. Better restore the file`,
      sure: false,
    };
  }
  const known = findSetting(facts.settings, row.name);
  if (known === undefined) {
    return row.name.includes('.')
      ? { means: 'it may be for a library that is not loaded: look first', sure: false }
      : { means: 'the server knows no such setting, so no value changes', sure: true };
  }
  const type = { vartype: known.type, unit: known.unit, enumvals: known.enumValues };
  const invalid = parseSettingValue(type, row.value ?? '').kind === 'invalid';
  const becomes = `${known.name} is ${unitText(known)} now and becomes ${afterwards(broken, known, facts)}`;
  // The server marks a right value that only a restart takes in the same words.
  return known.context === 'postmaster' && !invalid
    ? { means: `it may be right and wait for a restart. ${becomes}`, sure: false }
    : { means: becomes, sure: true };
}

const nothingLeft =
  'No line can be commented out exactly: the file could not be read, was changed since, or is written by ALTER SYSTEM.';

function resetOf({ name }: FileSetting, settings: readonly Setting[]): Operation {
  const known = findSetting(settings, name ?? '');
  return {
    kind: 'setting',
    name: name ?? '',
    value: null,
    via: 'alter-system',
    file: null,
    previous: { value: known?.value ?? '', source: known?.source ?? 'default' },
    effect: 'reload',
  };
}

export const disableBrokenSettings = defineFix({
  id: 'disable-broken-settings',
  resolves: ['conf-file-errors'],
  title: 'Comment out the settings that the server refuses',
  description:
    'Each line that you choose gets a # in front of it and a note; what ALTER SYSTEM wrote is reset. The setting then has the value that is told beside the line. The server loads the rest of its files with that, so changes that were not in force until now come into force, and they may refuse clients. If it finds a further error then, everything is put back. A rollback brings the line back; with it the server may refuse its files again, and keeps in force what it took over meanwhile.',
  effect: 'reload',
  reversible: true,
  cutsOff: true,
  // What waits behind the error comes into force: whom that would refuse cannot be told.
  safe: false,
  needs: ['fileSettings', 'configurationFiles', 'settings', 'cluster'],
  offer: (facts, finding) =>
    allOffered(
      ownConfiguration(facts.cluster),
      brokenLines(facts, finding).length === 0 ? notOffered(nothingLeft) : offered,
    ),
  choices: (facts, finding) => [
    {
      kind: 'many',
      key: 'lines',
      label: 'Which of these lines are to go?',
      options: brokenLines(facts, finding).map((broken) => {
        const { row, line } = broken;
        const advice = adviceFor(broken, facts);
        const manager = line?.manager ?? null;
        return {
          value: linePlace(row),
          label: `${linePlace(row)}: ${line?.text ?? `${row.name ?? ''}, by ALTER SYSTEM RESET`}`,
          seen: `${row.error ?? ''}; ${manager === null ? advice.means : `managed by ${manager}, which would take the change back`}`,
          chosen: advice.sure && manager === null,
        };
      }),
    },
  ],
  plan(facts, finding, answers) {
    const known = brokenLines(facts, finding);
    const places = ticked(
      answers,
      'lines',
      known.map(({ row }) => linePlace(row)),
    );
    const chosen = known.filter(({ row }) => places.includes(linePlace(row)));
    if (chosen.length === 0) return { ok: false, reason: 'Choose at least one line.' };
    const edits = chosen.flatMap(({ row, line }) =>
      line === null ? [] : [line.edit(`the server refused this line (${row.error ?? ''})`)],
    );
    return {
      ok: true,
      operations: [
        ...chosen.filter(({ line }) => line === null).map(({ row }) => resetOf(row, facts.settings)),
        ...lineOperations(edits),
      ],
    };
  },
});
