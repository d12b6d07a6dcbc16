import type { Terminal } from './prompter.ts';

/** Exit codes, as the usage text gives them. */
export const exitCodes = {
  done: 0,
  findings: 1,
  usage: 2,
  connect: 3,
  rolledBack: 4,
  rollbackFailed: 5,
} as const;

export interface TerminalIo extends Terminal {
  write(text: string): void;
  readonly version: string;
}
