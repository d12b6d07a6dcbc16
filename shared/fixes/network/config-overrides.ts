import { findSetting, settingValue } from '../../checks/support/settings.ts';
import { amount, listOf, unique } from '../../checks/support/words.ts';
import { isAutoConfig } from '../../config/auto-config.ts';
import { settingKey } from '../../config/parse.ts';
import type { FileSetting, Setting } from '../../facts/cluster.ts';
import type { Finding } from '../../findings/finding.ts';
import type { OperationOf } from '../../plan/operation.ts';
import type { Choice } from '../define-fix.ts';
import { defineFix } from '../define-fix.ts';
import { lineOperations, linePlace, ownConfiguration, removableLine } from '../support/config-lines.ts';
import type { ConfigurationFacts, RemovableLine } from '../support/config-lines.ts';
import { allOffered, notOffered, offered } from '../support/offers.ts';

/** A setting that stands in more than one line. */
interface Doubled {
  readonly name: string;
  /** The line that counts: the last one that the server reads. */
  readonly counts: FileSetting;
  /** All the others, as they stand in the files. */
  readonly hidden: readonly RemovableLine[];
  /** The file's line that would count without ALTER SYSTEM; null where ALTER SYSTEM hides nothing. */
  readonly inFile: FileSetting | null;
}

const outside: readonly string[] = ['command line', 'environment variable'];

/** A setting as it can be changed here, or why it is left alone. */
function doubled(facts: ConfigurationFacts, name: string): Doubled | string {
  const present = findSetting(facts.settings, name);
  if (outside.includes(present?.source ?? ''))
    return `${name} is given on the command line of the server; change it where the server is started`;
  const rows = facts.fileSettings.filter(
    (row) => row.name !== null && settingKey(row.name) === settingKey(name),
  );
  const counts = rows.at(-1);
  if (counts === undefined || rows.some(({ error }) => error !== null))
    return `a line of ${name} has an error or waits for a restart; settle that first`;
  // A file that is included twice has its lines twice: the one that counts stays.
  const others = rows.filter(
    (row, index) =>
      linePlace(row) !== linePlace(counts) &&
      rows.findLastIndex((one) => linePlace(one) === linePlace(row)) === index,
  );
  const lines = others.map((row) => removableLine(facts.configurationFiles, row));
  const hidden = lines.filter((line) => line !== null);
  if (hidden.length < lines.length)
    return `a line of ${name} could not be read, or was changed since; inspect the host again`;
  const inFile = isAutoConfig(counts) ? (others.at(-1) ?? null) : null;
  return { name, counts, hidden, inFile };
}

const namesOf = (finding: Finding): readonly string[] =>
  unique(finding.subjects.filter(({ kind }) => kind === 'setting').map(({ name }) => name));

function split(
  facts: ConfigurationFacts,
  finding: Finding,
): { found: readonly Doubled[]; left: readonly string[] } {
  const all = namesOf(finding).map((name) => doubled(facts, name));
  return {
    found: all.filter((one) => typeof one !== 'string'),
    left: all.filter((one) => typeof one === 'string'),
  };
}

const keep = 'keep';
const reset = 'reset';
const leave = 'leave';

/** ALTER SYSTEM may be forbidden, since 17. */
const canReset = (settings: readonly Setting[]): boolean =>
  settingValue(settings, 'allow_alter_system') !== 'off';

function choiceFor({ name, counts, hidden, inFile }: Doubled, facts: ConfigurationFacts): Choice {
  const manager = hidden.find((line) => line.manager !== null)?.manager ?? null;
  const restart = findSetting(facts.settings, name)?.context === 'postmaster';
  const places = listOf(hidden.map(({ row }) => linePlace(row)));
  return {
    kind: 'one',
    key: name,
    label: `Which value of ${name} is to count?`,
    options: [
      {
        value: keep,
        label: `${counts.value ?? ''}, as now (${linePlace(counts)})`,
        seen:
          manager === null
            ? `${amount(hidden.length, 'line')} commented out: ${places}`
            : `${places}: managed by ${manager}, which would take the change back`,
        chosen: manager === null,
      },
      ...(inFile === null || !canReset(facts.settings)
        ? []
        : [
            {
              value: reset,
              label: `${inFile.value ?? ''}, from ${linePlace(inFile)}`,
              seen: `ALTER SYSTEM RESET; this changes what is in force${restart ? ', by a restart' : ''}`,
              chosen: false,
            },
          ]),
      { value: leave, label: 'Leave it', seen: 'nothing is changed', chosen: manager !== null },
    ],
  };
}

function resetOf(name: string, settings: readonly Setting[]): OperationOf<'setting'> {
  const present = findSetting(settings, name);
  return {
    kind: 'setting',
    name: present?.name ?? name,
    value: null,
    via: 'alter-system',
    file: null,
    previous: { value: present?.value ?? '', source: present?.source ?? 'default' },
    effect: present?.context === 'postmaster' ? 'restart' : 'reload',
  };
}

export const oneLinePerSetting = defineFix({
  id: 'one-line-per-setting',
  resolves: ['conf-overrides'],
  title: 'Leave one line for each setting',
  description:
    'Lines that do not count get a # in front of them and a note, so the file says what is in force; no value changes. Where ALTER SYSTEM hides the line of a file you may have the value of the file instead: then the value changes, and whoever depends on the present one is hurt. What the command line of the server gives is left alone.',
  effect: 'reload',
  reversible: true,
  // Only by the value of a file in place of that of ALTER SYSTEM, which may be about who gets in.
  cutsOff: true,
  // Which of two lines was meant only a person knows, and the reload takes in whatever else waits in the files.
  safe: false,
  needs: ['fileSettings', 'configurationFiles', 'settings', 'cluster'],
  offer(facts, finding) {
    const { found, left } = split(facts, finding);
    return allOffered(
      ownConfiguration(facts.cluster),
      found.length > 0 ? offered : notOffered(`Nothing can be changed here: ${listOf(left)}.`),
    );
  },
  choices: (facts, finding) => split(facts, finding).found.map((one) => choiceFor(one, facts)),
  plan(facts, finding, answers) {
    const { found } = split(facts, finding);
    const changed = found.filter(({ name }) => [keep, reset].includes(answers[name] ?? keep));
    if (changed.length === 0) return { ok: false, reason: 'Choose a value for at least one setting.' };
    const resets = changed.filter(
      ({ name, inFile }) => answers[name] === reset && inFile !== null && canReset(facts.settings),
    );
    const edits = changed.flatMap((one) => {
      const stays = resets.includes(one) && one.inFile !== null ? one.inFile : one.counts;
      return one.hidden
        .filter(({ row }) => linePlace(row) !== linePlace(stays))
        .map((line) => line.edit(`${one.name} is set in ${linePlace(stays)}, which counts`));
    });
    return {
      ok: true,
      operations: [...resets.map(({ name }) => resetOf(name, facts.settings)), ...lineOperations(edits)],
    };
  },
});
