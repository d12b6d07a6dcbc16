import type { ConnectOptions, SudoMode, Target } from '../../shared/contract/target.ts';

/** What was typed in on the Connect step; each kind of target keeps its own. */
export type ConnectForm = {
  readonly kind: Target['kind'];
  readonly destination: string;
  readonly identityFile: string | null;
  readonly knownHostsFile: string | null;
  readonly jump: string;
  readonly sudo: SudoMode;
  readonly factsFile: string | null;
};

export const firstForm: ConnectForm = {
  kind: 'ssh',
  destination: '',
  identityFile: null,
  knownHostsFile: null,
  jump: '',
  sudo: 'ask',
  factsFile: null,
};

/** The target of a form, or null while something is missing. */
export function targetOf(form: ConnectForm): Target | null {
  switch (form.kind) {
    case 'ssh':
      return form.destination.trim() === ''
        ? null
        : {
            kind: 'ssh',
            destination: form.destination.trim(),
            identityFile: form.identityFile,
            knownHostsFile: form.knownHostsFile,
            jump: form.jump.trim() === '' ? null : form.jump.trim(),
          };
    case 'local':
      return { kind: 'local' };
    case 'practice':
      return { kind: 'practice' };
    case 'recorded':
      return form.factsFile === null ? null : { kind: 'recorded', path: form.factsFile };
  }
}

/** The form filled in from a target that is known. */
export function formOf(target: Target, form: ConnectForm): ConnectForm {
  switch (target.kind) {
    case 'ssh':
      return {
        ...form,
        kind: 'ssh',
        destination: target.destination,
        identityFile: target.identityFile,
        knownHostsFile: target.knownHostsFile,
        jump: target.jump ?? '',
      };
    case 'local':
    case 'practice':
      return { ...form, kind: target.kind };
    case 'recorded':
      return { ...form, kind: 'recorded', factsFile: target.path };
  }
}

/** What connecting is called with. Unknown host keys are always asked for in the window. */
export function connectOptions(target: Target, form: ConnectForm): ConnectOptions {
  const sudo = target.kind === 'ssh' || target.kind === 'local' ? form.sudo : 'none';
  return { target, sudo, cluster: null, acceptNewHostKey: false };
}

/** A target in few words. */
export function targetText(target: Target): string {
  switch (target.kind) {
    case 'ssh':
      return target.destination;
    case 'local':
      return 'This machine';
    case 'practice':
      return 'Practice server';
    case 'recorded':
      return target.path;
  }
}
