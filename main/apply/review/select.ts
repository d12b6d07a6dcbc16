import type { RollbackDecision, RollbackChoice } from '../../../shared/contract/apply.ts';
import { ApplyRefused } from '../apply-error.ts';
import type { KeptFile } from './read-run.ts';
import { settingsPutBack } from './review-run.ts';
import type { Review, Reviewed } from './review-run.ts';

/** A file that gets other bytes than the run's copy; owner and mode stay as they are. One character a byte. */
export interface Replacement {
  readonly slot: string;
  readonly content: string;
  /** What it must still be right before. */
  readonly expected: string;
}

/** What a rollback is told to do, in the words of revert.sh. */
export interface Selection {
  readonly left: readonly number[];
  readonly merged: readonly number[];
  readonly replace: readonly Replacement[];
}

/** Operations that somebody has to decide about first. */
export function undecided(review: Review, decisions: readonly RollbackDecision[]): readonly Reviewed[] {
  return review.reviewed.filter(({ item }) => item.changed && choiceFor(item.steps, decisions) === null);
}

function choiceFor(steps: readonly number[], decisions: readonly RollbackDecision[]): RollbackChoice | null {
  return decisions.findLast(({ step }) => steps.includes(step))?.choice ?? null;
}

/**
 * Turns the choices into what is put back, left and merged. Throws ApplyRefused for a choice that is not offered, for one
 * that would take a later run's change with it, and where what is left needs a file that would go.
 * `force`: everything goes back, byte for byte, unless it was decided otherwise.
 */
export function selectSteps(
  review: Review,
  decisions: readonly RollbackDecision[],
  force: boolean,
): Selection {
  for (const { step } of decisions) {
    if (!review.reviewed.some(({ item }) => item.steps.includes(step)))
      throw new ApplyRefused(`Step ${step} of this run is not one that can be decided about.`);
  }
  const chosen = review.reviewed.map((reviewed) => {
    const { item } = reviewed;
    const choice = choiceFor(item.steps, decisions) ?? (item.choices.includes('before') ? 'before' : 'leave');
    if (!item.choices.includes(choice)) {
      throw new ApplyRefused(
        `Step ${item.steps[0] ?? 0} (${item.title}) cannot be ${choice === 'merge' ? 'undone alone: the same lines were changed since' : 'put back'}.`,
        `Choose ${item.choices.join(' or ')} for it.`,
      );
    }
    if (choice === 'before' && item.laterRun !== null && !force) {
      throw new ApplyRefused(
        `Run ${item.laterRun} changed ${item.place} later.`,
        `Roll that run back first, or leave step ${item.steps[0] ?? 0} as it is now.`,
      );
    }
    return { reviewed, choice };
  });
  const left = chosen.flatMap(({ reviewed, choice }) => (choice === 'leave' ? reviewed.item.steps : []));
  const merged = chosen.flatMap(({ reviewed, choice }) => (choice === 'merge' ? reviewed.item.steps : []));
  const replace = filesOf(review).flatMap((file) => replacementOf(file, chosen));
  checkNeeds(review, chosen);
  return { left, merged, replace };
}

interface Chosen {
  readonly reviewed: Reviewed;
  readonly choice: RollbackChoice;
}

const filesOf = (review: Review): readonly KeptFile[] =>
  review.record.kept.filter(({ kind }) => kind === 'file');

/** The bytes of a file when they are neither the copy's nor left alone. */
function replacementOf(file: KeptFile, chosen: readonly Chosen[]): readonly Replacement[] {
  if (file.now === 'absent' || file.before === 'absent') return [];
  const now = file.now.sha256;
  const users = chosen.filter(({ reviewed }) => reviewed.files.some(({ slot }) => slot === file.slot));
  const undone = users.filter(({ choice }) => choice !== 'leave');
  if (undone.length === 0) return [];
  const give = (content: string | null): readonly Replacement[] => {
    if (content === null)
      throw new ApplyRefused(`${file.path} is too large for that: it can only go back as a whole.`);
    // Also where it is what stands there already: otherwise the copy would go over it.
    return [{ slot: file.slot, content, expected: now }];
  };
  const names = undone.map(({ reviewed }) => reviewed.setting);
  if (names.every((name) => name !== null)) {
    const asAWhole = users.every(({ choice }) => choice === 'before');
    return asAWhole ? [] : give(settingsPutBack(file, names));
  }
  const merging = undone.find(({ choice }) => choice === 'merge');
  if (merging !== undefined) return give(merging.reviewed.merged);
  // Its mode or owner is left to somebody: the old bytes come back under the rights of now.
  const rightsLeft = chosen.some(
    ({ reviewed, choice }) =>
      choice === 'leave' && reviewed.files.some((one) => one.kind === 'rights' && one.path === file.path),
  );
  return rightsLeft ? give(file.before.content) : [];
}

/** A setting that stays must not name a file that the rollback removes. */
function checkNeeds(review: Review, chosen: readonly Chosen[]): void {
  const isLeft = (step: number) =>
    chosen.some(({ reviewed, choice }) => choice === 'leave' && reviewed.item.steps.includes(step));
  const removed = chosen.flatMap(({ reviewed, choice }) =>
    choice === 'before' ? reviewed.files.filter(({ before }) => before === 'absent') : [],
  );
  for (const { number, operation } of review.record.plan.steps) {
    if (operation.kind !== 'setting' || operation.value === null || !isLeft(number)) continue;
    const file = removed.find(({ path }) => operation.value?.includes(path) === true);
    if (file === undefined) continue;
    throw new ApplyRefused(
      `${operation.name} would stay, but ${file.path}, which it names, would be removed.`,
      `Leave both, or put both back.`,
    );
  }
}
