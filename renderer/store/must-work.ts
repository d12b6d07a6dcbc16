import type { Output } from '../../shared/contract/contract.ts';
import type { MustWork } from '../../shared/access/must-work-entry.ts';
import { mustWorkSchema } from '../../shared/access/must-work-entry.ts';
import { call } from '../api/bridge.ts';
import { attempt } from './actions.ts';
import { read, update } from './state.ts';

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

/** Asks how those named would fare with the plan that was built last. */
export async function judgeNamed(): Promise<void> {
  await attempt(async () => {
    const { named } = read().mustWork;
    const answer = await call('plan.mustWork', { named: named.map(({ entry }) => entry) });
    if (read().mustWork.named === named) update((state) => ({ mustWork: { ...state.mustWork, ...answer } }));
  });
}

async function setNamed(named: readonly Named[]): Promise<void> {
  update((state) => ({ mustWork: { ...state.mustWork, named, judged: [] } }));
  await judgeNamed();
}

/** Names somebody, or takes the name back. */
export async function toggleNamed(entry: MustWork, isNamed: boolean): Promise<void> {
  const others = read().mustWork.named.filter((one) => keyOf(one.entry) !== keyOf(entry));
  await setNamed(isNamed ? [...others, { entry, password: '' }] : others);
}

/** The entry that was typed; null when it is none. An empty address is the Unix socket. */
export function typedEntry(role: string, address: string, database: string): MustWork | null {
  const parsed = mustWorkSchema.safeParse({
    role: role.trim(),
    address: address.trim() === '' ? null : address.trim(),
    database: database.trim() === '' ? role.trim() : database.trim(),
  });
  return parsed.success ? parsed.data : null;
}

export function setPassword(entry: MustWork, password: string): void {
  update((state) => ({
    mustWork: {
      ...state.mustWork,
      named: state.mustWork.named.map((one) =>
        keyOf(one.entry) === keyOf(entry) ? { ...one, password } : one,
      ),
    },
  }));
}

/** A password is for one run. */
export const withoutPasswords = (view: MustWorkView): MustWorkView => ({
  ...view,
  named: view.named.map((one) => ({ ...one, password: '' })),
});
