import type { Output } from '../../shared/contract/contract.ts';
import type { MustWork } from '../../shared/access/must-work-entry.ts';
import { mustWorkSchema } from '../../shared/access/must-work-entry.ts';

/** Somebody who was named, with the password to try the login with; empty leaves it at computing. */
export type Named = { readonly entry: MustWork; readonly password: string };

/** Who must still get in after a run, as the window knows it. */
export type MustWorkView = {
  readonly suggestions: Output<'plan.mustWork'>['suggestions'];
  readonly named: readonly Named[];
  /** How each that is named would fare, in the order of `named`. */
  readonly judged: Output<'plan.mustWork'>['judged'];
};

export const noMustWork: MustWorkView = { suggestions: [], named: [], judged: [] };

export const keyOf = ({ role, address, database }: MustWork): string =>
  JSON.stringify([role, address, database]);

/** Whether the plan is predicted to refuse somebody who was named. */
export const refusesNamed = ({ judged }: MustWorkView): boolean =>
  judged.some(({ verdict }) => verdict === 'refused');

/** The entry that was typed; null when it is none. An empty address is the Unix socket. */
export function typedEntry(role: string, address: string, database: string): MustWork | null {
  const parsed = mustWorkSchema.safeParse({
    role: role.trim(),
    address: address.trim() === '' ? null : address.trim(),
    database: database.trim() === '' ? role.trim() : database.trim(),
  });
  return parsed.success ? parsed.data : null;
}

/** A password is for one run. */
export const withoutPasswords = (view: MustWorkView): MustWorkView => ({
  ...view,
  named: view.named.map((one) => ({ ...one, password: '' })),
});
