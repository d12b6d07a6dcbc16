import type { Drift, ReviewItem, RollbackChoice } from '../../../shared/contract/apply.ts';
import type { Cluster } from '../../../shared/facts/cluster.ts';
import { parseHba } from '../../../shared/hba/parse.ts';
import { undoWithin } from '../../../shared/history/merge-lines.ts';
import { restoreSettings, settingIn } from '../../../shared/history/restore-settings.ts';
import { printable, shorten } from '../../../shared/lib/hostile-text.ts';
import { textOfBytes } from '../../../shared/lib/text-bytes.ts';
import type { PlanStep } from '../../../shared/plan/plan.ts';
import { redactFile } from '../../collect/facts-file.ts';
import type { RunOnHost } from '../run-on-host.ts';
import type { HostRun } from '../runs.ts';
import type { OpenSession } from '../step-tools.ts';
import { readRun } from './read-run.ts';
import type { KeptFile, RunOnRecord } from './read-run.ts';
import { sqlNow } from './sql-now.ts';
import { textDiff } from './text-diff.ts';
import { contentOf, hasDrifted, rightsWords, wordsOf } from './versions.ts';

/** An operation under review, with what the choice needs and nobody has to see. */
export interface Reviewed {
  readonly item: ReviewItem;
  /** Its files; contents have one character a byte. */
  readonly files: readonly KeptFile[];
  /** For a setting that a file holds: its name, so that it can be put back alone. */
  readonly setting: string | null;
  /** The text that `merge` writes; null where it is not offered. */
  readonly merged: string | null;
}

export interface Review {
  readonly record: RunOnRecord;
  readonly reviewed: readonly Reviewed[];
  readonly drift: readonly Drift[];
}

/** The text that `merge` would leave: the newer text without what the run changed. Null where that is not certain. */
function mergedText(step: PlanStep, file: KeptFile): string | null {
  const { operation } = step;
  // A file with a check and an activation of its own is not validated by the server: whole or not at all.
  if (operation.kind !== 'hba' && !(operation.kind === 'file' && operation.validate === null)) return null;
  const [before, after, now] = [contentOf(file.before), contentOf(file.after), contentOf(file.now)];
  if (before === null || after === null || now === null || now === after) return null;
  const merged = undoWithin(before, after, now);
  if (merged === null || merged === now) return null;
  if (operation.kind !== 'hba') return merged;
  const errors = (text: string): number =>
    parseHba(text, { path: operation.file, major: operation.major }).lines.filter(
      ({ kind }) => kind === 'error',
    ).length;
  return errors(merged) > errors(now) ? null : merged;
}

/** Runs that were made later and still stand, by the files that they changed. */
function laterRunOn(paths: readonly string[], runs: readonly HostRun[], runId: string): string | null {
  const later = runs.find(
    (run) =>
      run.id > runId &&
      ['kept', 'open', 'reverting', 'rollback-failed'].includes(run.status.state) &&
      run.paths.some((path) => paths.includes(path)),
  );
  return later?.id ?? null;
}

interface Group {
  readonly steps: readonly PlanStep[];
  readonly files: readonly KeptFile[];
}

/** Steps that write one file together are decided together; settings of one file are not. */
function groupsOf(record: RunOnRecord): readonly Group[] {
  const groups: { steps: PlanStep[]; slots: Set<string> }[] = [];
  const slotsOf = (step: PlanStep) => (record.files.get(step.number) ?? []).map(({ slot }) => slot);
  for (const step of record.plan.steps) {
    const { kind } = step.operation;
    if (kind === 'reload' || kind === 'restart' || kind === 'package') continue;
    const slots = slotsOf(step);
    const onlySettings = (slot: string) =>
      record.plan.steps.every(
        (other) => other.operation.kind === 'setting' || !slotsOf(other).includes(slot),
      );
    const known =
      kind === 'setting' && slots.every(onlySettings)
        ? undefined
        : groups.find((group) => slots.some((slot) => group.slots.has(slot)));
    if (known === undefined) groups.push({ steps: [step], slots: new Set(slots) });
    else {
      known.steps.push(step);
      for (const slot of slots) known.slots.add(slot);
    }
  }
  return groups.map(({ steps, slots }) => ({
    steps,
    files: record.kept.filter(({ slot }) => slots.has(slot)),
  }));
}

const shown = (value: string | null): string =>
  value === null ? 'not set' : shorten(printable(redactFile(textOfBytes(value))), 300);

function settingReview(step: PlanStep, name: string, file: KeptFile, later: string | null): Reviewed {
  const texts = [file.before, file.after, file.now].map(contentOf);
  const [before = null, after = null, now = null] = texts.map((text) =>
    text === null ? null : settingIn(text, name),
  );
  const readable = texts.every((text) => text !== null);
  // `ssl_passphrase_command = echo …` is known as a secret by its name only.
  const value = (text: string | null) =>
    text === null ? 'not set' : shown(`${name} = ${text}`).slice(name.length + 3);
  const changed = hasDrifted(file);
  const isElsewhere = changed && readable && after === now;
  const item: ReviewItem = {
    steps: [step.number],
    title: step.title,
    kind: 'setting',
    place: file.path,
    changed,
    values: readable ? [{ name, before: value(before), after: value(after), now: value(now) }] : [],
    ran: null,
    since: null,
    merged: null,
    choices: isElsewhere ? ['before', 'merge', 'leave'] : ['before', 'leave'],
    note: isElsewhere ? 'Something else in this file was changed since.' : '',
    laterRun: changed ? later : null,
  };
  return { item, files: [file], setting: readable ? name : null, merged: null };
}

function fileReview({ steps, files }: Group, later: string | null): Reviewed {
  const [step] = steps;
  if (step === undefined) throw new Error('a group has steps');
  const kind = step.operation.kind;
  const [first] = files;
  const contents = files.filter((file) => file.kind === 'file');
  const text = contents.length === 1 && kind !== 'certificate' ? contents[0] : undefined;
  const changed = files.some(hasDrifted);
  const merged =
    changed && steps.every((one) => one.operation.kind === kind) && text !== undefined
      ? mergedText(step, text)
      : null;
  const values = files
    .filter((file) => file !== text || rightsWords(file.after) !== rightsWords(file.now))
    .map((file) => ({
      name: printable(file.path),
      before: file === text ? rightsWords(file.before) : wordsOf(file.before, file.kind),
      after: file === text ? rightsWords(file.after) : wordsOf(file.after, file.kind),
      now: file === text ? rightsWords(file.now) : wordsOf(file.now, file.kind),
    }));
  const diff = (from: KeptFile['before'], to: KeptFile['before']) => {
    if (from !== 'absent' && to !== 'absent' && from.sha256 === to.sha256) return null;
    const [one, other] = [from === 'absent' ? '' : from.content, to === 'absent' ? '' : to.content];
    return one === null || other === null
      ? { hunks: [], note: 'Its content cannot be shown: it is no text, a key, or too large.' }
      : textDiff(one, other);
  };
  const choices: readonly RollbackChoice[] =
    merged === null ? ['before', 'leave'] : ['before', 'merge', 'leave'];
  const now = text === undefined ? null : contentOf(text.now);
  return {
    item: {
      steps: steps.map(({ number }) => number),
      title: steps.map(({ title }) => title).join(', '),
      kind,
      place: first === undefined ? '' : printable(first.path),
      changed,
      values,
      ran: text === undefined ? null : diff(text.before, text.after),
      since: text === undefined || !changed ? null : diff(text.after, text.now),
      merged: merged === null || now === null ? null : textDiff(now, merged),
      choices: [...choices],
      note:
        changed && merged === null && kind === 'hba'
          ? 'The same lines were changed since: this change alone cannot be undone.'
          : '',
      laterRun: changed ? later : null,
    },
    files,
    setting: null,
    merged,
  };
}

function rulesReview(group: Group, record: RunOnRecord, later: string | null): Reviewed {
  const base = fileReview(group, later);
  const rules = record.rules.filter(({ step }) => base.item.steps.includes(step));
  const joined = (key: 'before' | 'after' | 'now') => rules.map((one) => one[key]).join('');
  const changed = rules.some(({ after, now }) => after !== now);
  return {
    ...base,
    merged: null,
    item: {
      ...base.item,
      changed: base.item.changed || changed,
      ran: textDiff(joined('before'), joined('after')),
      since: changed ? textDiff(joined('after'), joined('now')) : base.item.since,
      merged: null,
      choices: ['before', 'leave'],
      note: '',
    },
  };
}

function sqlReview(step: PlanStep, now: string | null): Reviewed {
  const { operation } = step;
  if (operation.kind !== 'sql') throw new Error('not SQL');
  const text = (statements: readonly string[]): string =>
    shorten(printable(redactFile(statements.join('; '))), 2000);
  return {
    item: {
      steps: [step.number],
      title: step.title,
      kind: 'sql',
      place: printable(operation.database),
      changed: now !== null,
      values: [
        {
          name: 'change',
          before: operation.inverse.length === 0 ? 'no way back' : text(operation.inverse),
          after: text(operation.statements),
          now: now === null ? 'in force' : printable(now),
        },
      ],
      ran: null,
      since: null,
      merged: null,
      choices: operation.inverse.length === 0 ? ['leave'] : ['before', 'leave'],
      note: '',
      laterRun: null,
    },
    files: [],
    setting: null,
    merged: null,
  };
}

function driftOf(record: RunOnRecord, sql: ReadonlyMap<number, string>): readonly Drift[] {
  return [
    ...record.kept.filter(hasDrifted).map((file) => ({
      subject: file.path,
      left: wordsOf(file.after, file.kind),
      now: wordsOf(file.now, file.kind),
    })),
    ...record.rules
      .filter(({ after, now }) => after !== now)
      .map(({ name }) => ({
        subject: `firewall rules (${name})`,
        left: 'as the run loaded them',
        now: 'other rules',
      })),
    ...record.plan.steps.flatMap(({ number, title, operation }) => {
      const now = sql.get(number);
      if (now === undefined || operation.kind !== 'sql') return [];
      return [{ subject: `${title} (${operation.database})`, left: 'in force', now }];
    }),
  ];
}

/**
 * A kept run operation by operation: what was before, what the run left, what is now, and what can be done about it.
 * Changes nothing. Throws ApplyRefused when the run cannot be read.
 */
export async function reviewRun(
  onHost: RunOnHost,
  cluster: Cluster,
  runs: readonly HostRun[],
  openSession: OpenSession,
  signal: AbortSignal,
): Promise<Review> {
  const record = await readRun(onHost, signal);
  const sql = await sqlNow(onHost, cluster, record.plan, openSession, signal);
  const reviewed = groupsOf(record).map((group): Reviewed => {
    const [step] = group.steps;
    if (step === undefined) throw new Error('a group has steps');
    const { operation } = step;
    const later = laterRunOn(
      group.files.map(({ path }) => path),
      runs,
      onHost.place.runId,
    );
    const [file] = group.files;
    if (operation.kind === 'sql') return sqlReview(step, sql.get(step.number) ?? null);
    if (operation.kind === 'firewall') return rulesReview(group, record, later);
    if (operation.kind === 'setting' && group.steps.length === 1 && file !== undefined)
      return settingReview(step, operation.name, file, later);
    return fileReview(group, later);
  });
  return { record, reviewed, drift: driftOf(record, sql) };
}

/** The text of a file of settings in which these go back and everything newer stays. */
export function settingsPutBack(file: KeptFile, names: readonly string[]): string | null {
  const [before, now] = [contentOf(file.before), contentOf(file.now)];
  return before === null || now === null ? null : restoreSettings(now, before, names);
}
