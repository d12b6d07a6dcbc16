import type { ConnectProgress, ConnectStage, Prompt } from '../../shared/contract/prompts.ts';
import type { Target } from '../../shared/contract/target.ts';
import type { Problem } from '../api/bridge.ts';

export const stageOrder = ['name', 'tcp', 'host-key', 'login', 'privilege', 'postgres'] as const;

export const stageNames: Readonly<Record<ConnectStage, string>> = {
  name: 'Name',
  tcp: 'TCP',
  'host-key': 'Host key',
  login: 'Login',
  privilege: 'sudo',
  postgres: 'PostgreSQL',
};

/** What a stage is about to do. */
export const stageHints: Readonly<Record<ConnectStage, string>> = {
  name: 'resolve the address',
  tcp: 'reach the ssh port',
  'host-key': 'compare with known_hosts',
  login: 'agent, key, password or code',
  privilege: 'asked once, for this session',
  postgres: 'find the clusters, open one session',
};

export type OpenPrompt = { readonly id: string; readonly prompt: Prompt };

/** An attempt to connect, from the first stage to its end. */
export type Connecting = {
  readonly target: Target;
  readonly stages: Readonly<Partial<Record<ConnectStage, ConnectProgress>>>;
  readonly problem: Problem | null;
};

/** The stage that a question belongs to. */
export function stageOfPrompt(prompt: Prompt): ConnectStage {
  switch (prompt.kind) {
    case 'host-key-unknown':
      return 'host-key';
    case 'password':
    case 'passphrase':
    case 'keyboard-interactive':
      return 'login';
    case 'sudo-password':
      return 'privilege';
    case 'postgres-password':
    case 'choose-cluster':
      return 'postgres';
  }
}

/** The stages that connecting to this kind of target has. */
export function stagesOf(target: Target): readonly ConnectStage[] {
  switch (target.kind) {
    case 'ssh':
      return stageOrder;
    case 'local':
      return ['privilege', 'postgres'];
    case 'practice':
    case 'recorded':
      return ['postgres'];
  }
}

/** The stage that an error belongs to: the one that failed, or the last one that ran. */
export function failedStage(connecting: Connecting): ConnectStage | null {
  const known = stageOrder.filter((stage) => connecting.stages[stage] !== undefined);
  return (
    known.find((stage) => connecting.stages[stage]?.state === 'failed') ??
    known.findLast((stage) => connecting.stages[stage]?.state === 'running') ??
    null
  );
}
