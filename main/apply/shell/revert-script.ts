import { assertNever } from '../../../shared/lib/assert-never.ts';
import { quoteIdentifier, quoteShell } from '../../../shared/lib/quoting.ts';
import { shellLibrary } from './library.ts';
import { revertMain } from './revert-main.ts';
import { selectionFunctions } from './selection.ts';
import { runFolder, runVariables } from './run-variables.ts';
import type { RunPlace } from './run-variables.ts';

/** One thing that undoing a step consists of. `slot` names the copy in the run's folder. */
export type UndoAction =
  /** The bytes and everything that belongs to the file, or its absence. */
  | { readonly kind: 'file'; readonly slot: string; readonly path: string }
  /** Mode, owner and ACL only: the content is none of the step's business. */
  | { readonly kind: 'rights'; readonly slot: string; readonly path: string }
  | { readonly kind: 'sql'; readonly database: string; readonly transactional: boolean }
  /** POSIX sh lines, run with `set -e` and `$SAVE`, the folder of what the step saved. */
  | { readonly kind: 'commands'; readonly title: string; readonly lines: readonly string[] }
  /** Nothing can be done; the sentence goes into the log. */
  | { readonly kind: 'nothing'; readonly text: string };

export interface RevertStep {
  /** `007` */
  readonly number: string;
  readonly title: string;
  readonly undo: readonly UndoAction[];
  /** What the server needs so that the undone files count. */
  readonly server: 'nothing' | 'reload' | 'restart';
}

/** One line for a comment: no line breaks, nothing that a terminal would act on. */
const comment = (text: string): string => text.replaceAll(/[^\x20-\x7e\u00a0-\uffff]+/g, ' ');

function action(step: RevertStep, undo: UndoAction, folder: string): string {
  switch (undo.kind) {
    case 'file':
      return `file ${undo.slot} ${quoteShell(undo.path)}`;
    case 'rights':
      return `rights_of ${undo.slot} ${quoteShell(undo.path)}`;
    case 'sql':
      return `sql_of ${step.number} ${quoteShell(undo.database)} ${undo.transactional ? 'transactional' : 'single'}`;
    case 'commands':
      return [
        `commands_${step.number}() {`,
        `SAVE="$RUN/save/${step.number}"; export SAVE`,
        ...undo.lines,
        '}',
        'if doing; then',
        `( set -e; commands_${step.number} )`,
        '[ $? = 0 ] ||',
        `by_hand ${quoteShell(undo.title)} ${quoteShell(`SAVE=${folder}/save/${step.number}; ${undo.lines.join('; ')}`)}`,
        'fi',
      ].join('\n');
    case 'nothing':
      return `! doing || say ${quoteShell(undo.text)}`;
    default:
      return assertNever(undo, 'undo action');
  }
}

function stepFunction(step: RevertStep, folder: string): string {
  return [
    `# ${Number(step.number)}: ${comment(step.title)}`,
    `step_${step.number}() {`,
    'bad=0',
    ...step.undo.map((undo) => action(step, undo, folder)),
    'return "$bad"',
    '}',
  ].join('\n');
}

/**
 * revert.sh: puts back what the started steps of a run changed, in reverse order, and proves it. Needs a POSIX shell,
 * coreutils and, for SQL, psql or the server's own single-user mode; neither this program nor a network. May run any
 * number of times.
 */
export function revertScript(
  place: RunPlace,
  steps: readonly RevertStep[],
  restartSettings: readonly string[],
): string {
  const folder = runFolder(place.actor, place.runId);
  const names = restartSettings.map((name) => `'${name.replaceAll(/[^A-Za-z0-9_.]/g, '')}'`);
  const of = (kind: RevertStep['server']) =>
    quoteShell(` ${steps.flatMap((step) => (step.server === kind ? [step.number] : [])).join(' ')} `);
  return [
    '#!/bin/sh',
    `# Portcullis: puts back what run ${place.runId} changed on this host.`,
    '# It may be run by hand at any time, and more than once:',
    `#   sh ${quoteShell(`${folder}/revert.sh`)} --by person`,
    '# Some steps only, by their numbers below: --only 3,5 or --skip 3,5. What is newer than the run and is overwritten is',
    '# kept in the folder drifted/ beside this file.',
    `# What it did stands in ${comment(folder)}/revert.log`,
    runVariables(place),
    `STEPS=${quoteShell(
      steps
        .map((step) => step.number)
        .reverse()
        .join(' '),
    )}`,
    `RELOAD_STEPS=${of('reload')}`,
    `RESTART_STEPS=${of('restart')}`,
    `RESTART_SETTINGS=${quoteShell(names.join(','))}`,
    `DOOR_LINE=${quoteShell(`local all ${quoteIdentifier(place.superuser)} peer`)}`,
    shellLibrary,
    ...steps.map((step) => stepFunction(step, folder)),
    selectionFunctions,
    revertMain,
  ].join('\n');
}
