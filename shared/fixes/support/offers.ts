import type { Setting } from '../../facts/cluster.ts';
import { findSetting } from '../../checks/support/settings.ts';

export type OfferAnswer = { readonly ok: true } | { readonly ok: false; readonly reason: string };

export const offered: OfferAnswer = { ok: true };

export function notOffered(reason: string): OfferAnswer {
  return { ok: false, reason };
}

/** Whether settings can be changed for good: those given on the command line of the server cannot. */
export function settable(settings: readonly Setting[], names: readonly string[]): OfferAnswer {
  const fixed = names.find((name) => findSetting(settings, name)?.source === 'command line');
  return fixed === undefined
    ? offered
    : notOffered(
        `${fixed} is given on the command line of the server. Change it where the server is started.`,
      );
}

/** The first answer that is no, or yes. */
export function allOffered(...answers: readonly OfferAnswer[]): OfferAnswer {
  return answers.find(({ ok }) => !ok) ?? offered;
}
