import type { Preview } from '../../shared/contract/values.ts';
import type { FixPreferences } from '../../shared/fixes/define-fix.ts';
import type { FixChoice } from '../../shared/plan/plan.ts';
import { defaultAnswers } from '../../shared/plan/offers.ts';
import type { Session } from '../engine/session.ts';
import { writeFileSafely } from '../store/json-file.ts';
import { UsageError, type Command, type FixSelection } from './command.ts';
import { exitCodes, type TerminalIo } from './io.ts';
import { inspect } from './scan.ts';
import { printable, printableJson } from '../../shared/lib/hostile-text.ts';

/** Chooses and plans; problems of the choice are usage errors. */
export async function makePlan(
  selection: FixSelection,
  session: Session,
  io: TerminalIo,
): Promise<Preview | null> {
  const { settingsVia, editManaged } = selection;
  const preferences: FixPreferences = { settingsVia, editManaged };
  const offers = session.offers(preferences);
  const chosen = new Map<string, FixChoice>();
  if (selection.safe)
    for (const choice of session.safeChoices(preferences, selection.includeRestart))
      chosen.set(choice.fix, choice);
  for (const { fix, answers } of selection.fixes) {
    const offer = offers.find(({ id }) => id === fix);
    if (offer === undefined)
      throw new UsageError(
        `Nothing is open here for the fix "${fix}". Offered: ${offers.map(({ id }) => id).join(', ') || 'none'}.`,
      );
    if (offer.unavailable !== null) throw new UsageError(`${offer.title}: ${offer.unavailable}`);
    const unknown = Object.keys(answers).find((key) => !offer.choices.some((choice) => choice.key === key));
    if (unknown !== undefined)
      throw new UsageError(
        `The fix "${fix}" has no choice "${unknown}". It has: ${offer.choices.map(({ key }) => key).join(', ') || 'none'}.`,
      );
    chosen.set(fix, { fix, answers: { ...defaultAnswers(offer.choices), ...answers } });
  }
  for (const offer of offers.filter(({ id, unavailable }) => unavailable !== null && !chosen.has(id)))
    if (selection.safe)
      io.errors.write(`Not possible here: ${offer.title}. ${printable(offer.unavailable ?? '')}\n`);
  if (chosen.size === 0) return null;
  const left = offers.filter(
    (offer) => selection.safe && !chosen.has(offer.id) && offer.unavailable === null,
  );
  for (const offer of left)
    io.errors.write(`Left out: ${offer.title} (${whyLeftOut(offer, selection)}): --fix ${offer.id}\n`);
  const result = await session.plan([...chosen.values()], selection.includeRestart, preferences);
  if (!result.ok) throw new UsageError(result.problems.map(({ message }) => message).join('\n'));
  if (result.preview.guard === 'none' && result.preview.plan.steps.some(({ guarded }) => guarded))
    io.errors.write(
      'This host cannot roll back by itself: it has neither systemd nor at, and no process can be left behind.\nTo apply all the same, with a console at hand: --accept-unguarded\n',
    );
  return result.preview;
}

function whyLeftOut(
  offer: { reversible: boolean; effect: string; wouldRefuse: readonly unknown[] | null },
  selection: FixSelection,
): string {
  if (!offer.reversible) return 'cannot be undone';
  if (offer.wouldRefuse !== null && offer.wouldRefuse.length > 0)
    return 'would refuse clients that were seen';
  if (offer.effect === 'restart' && !selection.includeRestart) return 'needs a restart';
  return 'needs your judgement';
}

/** `plan`: what would be changed; nothing is. */
export async function plan(
  command: Extract<Command, { name: 'plan' }>,
  session: Session,
  io: TerminalIo,
  signal: AbortSignal,
): Promise<number> {
  await inspect(command, session, io, signal);
  const preview = await makePlan(command.selection, session, io);
  if (preview === null) {
    io.errors.write('There is nothing to fix.\n');
    return exitCodes.done;
  }
  const text = command.format === 'json' ? `${printableJson(preview)}\n` : session.planText(command.format);
  if (command.out === null) io.write(text);
  else await writeFileSafely(command.out, text);
  return exitCodes.done;
}
