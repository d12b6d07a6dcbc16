import type { FixOffer } from '../../shared/contract/values.ts';
import type { CutOff, FixChoice } from '../../shared/plan/plan.ts';
import { joinAnswer } from '../../shared/fixes/answers.ts';
import { severityOrder } from './findings.ts';

export type Choice = FixOffer['choices'][number];
export type Answers = Readonly<Record<string, string>>;
/** The fixes that were chosen, by id, with their answers. */
export type Chosen = Readonly<Record<string, Answers>>;

/** The answers that an offer starts with. */
export function firstAnswers(offer: FixOffer): Answers {
  return Object.fromEntries(offer.choices.map((choice) => [choice.key, firstAnswer(choice)]));
}

function firstAnswer(choice: Choice): string {
  switch (choice.kind) {
    case 'text':
      return choice.value;
    case 'one':
      return (choice.options.find((option) => option.chosen) ?? choice.options[0])?.value ?? '';
    case 'many':
    case 'networks':
      return joinAnswer(choice.options.filter((option) => option.chosen).map((option) => option.value));
  }
}

/** The choice of an offer that still has no answer, or null. */
export function missingChoice(offer: FixOffer, answers: Answers): Choice | null {
  const needed = offer.choices.filter((choice) => choice.kind !== 'text' || choice.optional !== true);
  return needed.find((choice) => (answers[choice.key] ?? '').trim() === '') ?? null;
}

/** Adds or removes a fix. Answers that were given before are kept as long as it is chosen. */
export function toggleFix(chosen: Chosen, offer: FixOffer): Chosen {
  if (offer.unavailable !== null) return chosen;
  if (chosen[offer.id] === undefined) return { ...chosen, [offer.id]: firstAnswers(offer) };
  return Object.fromEntries(Object.entries(chosen).filter(([id]) => id !== offer.id));
}

/** Adds every fix that is safe; answers that were given stay. */
export function chooseSafe(chosen: Chosen, offers: readonly FixOffer[]): Chosen {
  const safe = offers.filter((offer) => offer.safe && offer.unavailable === null);
  return { ...Object.fromEntries(safe.map((offer) => [offer.id, firstAnswers(offer)])), ...chosen };
}

/** What is still offered of what was chosen: after a new inspection some fixes are gone. */
export function stillOffered(chosen: Chosen, offers: readonly FixOffer[]): Chosen {
  const ids = new Set(offers.filter((offer) => offer.unavailable === null).map((offer) => offer.id));
  return Object.fromEntries(Object.entries(chosen).filter(([id]) => ids.has(id)));
}

/** The choice as plan.build takes it, in the order of the offers. */
export function chosenFixes(chosen: Chosen, offers: readonly FixOffer[]): FixChoice[] {
  return offers.flatMap((offer) => {
    const answers = chosen[offer.id];
    return answers === undefined ? [] : [{ fix: offer.id, answers: { ...answers } }];
  });
}

export type FixFilter = {
  readonly text: string;
  readonly effects: readonly FixOffer['effect'][];
  readonly cutsOff: readonly ('nobody' | 'somebody' | 'unknown')[];
  readonly chosen: readonly ('yes' | 'no')[];
};

export const noFixFilter: FixFilter = { text: '', effects: [], cutsOff: [], chosen: [] };

/** Whom a fix would cut off, as far as it is known. */
export function cutsOffWhom(offer: FixOffer): 'nobody' | 'somebody' | 'unknown' {
  if (offer.wouldRefuse === null) return 'unknown';
  return offer.wouldRefuse.length === 0 ? 'nobody' : 'somebody';
}

/** Whether an offer passes the filter; an empty list filters nothing. */
export function matchesFix(offer: FixOffer, filter: FixFilter, chosen: Chosen): boolean {
  if (filter.effects.length > 0 && !filter.effects.includes(offer.effect)) return false;
  if (filter.cutsOff.length > 0 && !filter.cutsOff.includes(cutsOffWhom(offer))) return false;
  if (filter.chosen.length > 0 && !filter.chosen.includes(chosen[offer.id] === undefined ? 'no' : 'yes'))
    return false;
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  const text = `${offer.title} ${offer.id} ${offer.resolves.join(' ')} ${offer.description}`.toLowerCase();
  return words.every((word) => text.includes(word));
}

export type FixGroup = { readonly id: string; readonly name: string; readonly offers: readonly FixOffer[] };

/** Offers in groups: what closes severe findings, what closes the rest, what cannot be offered here. */
export function groupFixes(offers: readonly FixOffer[]): readonly FixGroup[] {
  const severe = (offer: FixOffer) => offer.severity === 'critical' || offer.severity === 'high';
  const sorted = [...offers].sort(
    (one, other) => severityOrder.indexOf(one.severity) - severityOrder.indexOf(other.severity),
  );
  const here = sorted.filter((offer) => offer.unavailable === null);
  return [
    { id: 'severe', name: 'Close critical and high findings', offers: here.filter(severe) },
    { id: 'rest', name: 'Close medium and low findings', offers: here.filter((offer) => !severe(offer)) },
    {
      id: 'unavailable',
      name: 'Not possible here',
      offers: sorted.filter((offer) => offer.unavailable !== null),
    },
  ];
}

/** Clients that the chosen fixes would refuse if each were applied alone, every one once. */
export function refusedBy(offers: readonly FixOffer[], chosen: Chosen): readonly CutOff[] {
  const seen = new Map<string, CutOff>();
  for (const offer of offers) {
    if (chosen[offer.id] === undefined) continue;
    for (const client of offer.wouldRefuse ?? [])
      seen.set(`${client.role}\n${client.address ?? ''}\n${client.database ?? ''}`, client);
  }
  return [...seen.values()];
}
