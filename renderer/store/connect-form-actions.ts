import type { ConnectForm } from './connect-form.ts';
import { update } from './state.ts';

/** Changes some fields of the form. */
export function changeForm(change: Partial<ConnectForm>): void {
  update((state) => ({ form: { ...state.form, ...change } }));
}

/** Chooses the kind of target; what was typed for the others stays. */
export function changeFormKind(kind: ConnectForm['kind']): void {
  changeForm({ kind });
}
