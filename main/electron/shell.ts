import type { EventName, EventPayload } from '../../shared/contract/contract.ts';
import type { FileQuestion } from './dialogs.ts';
import type { Handlers } from './replies.ts';
import type { SecretStorage } from './secret-storage.ts';

/** What the program gets from Electron; the terminal program has its own. */
export interface ShellPorts {
  readonly version: string;
  /** The folder of the program's own data, or null for the usual one. */
  readonly home: string | null;
  askWhereToSave(question: FileQuestion): Promise<string | null>;
  askForFile(question: FileQuestion): Promise<string | null>;
  printPdf(html: string): Promise<Uint8Array>;
  copyText(text: string): void;
  /** Rejects for an address that is not PostgreSQL's documentation. */
  openDocumentation(url: string): Promise<void>;
  setTheme(theme: 'system' | 'light' | 'dark'): void;
  readonly secrets: SecretStorage;
  emit<E extends EventName>(event: E, payload: EventPayload<E>): void;
}

/** The program behind the window. */
export interface RunningApp {
  readonly handlers: Handlers;
  /** Ends connections and what else is under way; the guard on a host needs nobody here. */
  close(): Promise<void>;
  /** For what no handler meant to raise. */
  reportError(where: string, error: unknown): void;
}

export type StartApp = (ports: ShellPorts) => Promise<RunningApp>;
