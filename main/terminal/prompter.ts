import { createInterface, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { Prompter } from '../host/prompter.ts';
import { HostError } from '../host/host.ts';
import type { ConnectProgress, Prompt, PromptAnswer } from '../../shared/contract/prompts.ts';
import { printable } from '../../shared/lib/hostile-text.ts';

export interface Terminal {
  readonly input: Readable & { readonly isTTY?: boolean; setRawMode?(raw: boolean): unknown };
  /** Where questions and progress go: standard error, so that results alone are on standard output. */
  readonly errors: Writable & { readonly isTTY?: boolean };
}

/**
 * Asks on the terminal. Without one, each secret is the next line of standard input; what a person has to decide (an
 * unknown host key, one of several clusters) is refused with the option that decides it.
 */
export function terminalPrompter(terminal: Terminal): Prompter & { close(): void } {
  const lines = lineReader(terminal.input);
  const say = (text: string): void => void terminal.errors.write(text);
  const secret = async (question: string, echo: boolean, signal: AbortSignal): Promise<string> => {
    if (terminal.input.isTTY === true) return readHidden(terminal, question, echo, signal);
    const line = await lines.next(signal);
    if (line === null) {
      throw new HostError(
        'cancelled',
        `${question} was asked and standard input is at its end.`,
        'Give a line for each secret on standard input, or use a terminal.',
      );
    }
    return line;
  };
  return {
    progress: (progress) => {
      if (terminal.errors.isTTY === true) say(progressLine(progress));
    },
    async ask(prompt, signal) {
      switch (prompt.kind) {
        case 'host-key-unknown':
          return hostKey(prompt, terminal, signal);
        case 'choose-cluster':
          return cluster(prompt, terminal, signal);
        case 'keyboard-interactive': {
          const heading = [prompt.name, prompt.instructions].filter((text) => text.trim() !== '');
          if (heading.length > 0) say(`${heading.map(printable).join('\n')}\n`);
          const values: string[] = [];
          for (const field of prompt.fields)
            values.push(await secret(printable(field.label), field.echo, signal));
          return { kind: 'secrets', values };
        }
        case 'password':
        case 'passphrase':
        case 'sudo-password':
        case 'postgres-password':
          return { kind: 'secrets', values: [await secret(question(prompt), false, signal)] };
      }
    },
    close: () => lines.close(),
  };
}

function question(
  prompt: Extract<Prompt, { kind: 'password' | 'passphrase' | 'sudo-password' | 'postgres-password' }>,
): string {
  const again = prompt.attempt > 1 ? 'Not accepted. ' : '';
  switch (prompt.kind) {
    case 'password':
      return `${again}Password of ${prompt.user}@${prompt.host}: `;
    case 'passphrase':
      return `${again}Passphrase of ${prompt.keyFile}: `;
    case 'sudo-password':
      return `${again}sudo password of ${prompt.user} on ${prompt.host}: `;
    case 'postgres-password':
      return `${again}PostgreSQL password of ${prompt.role} on ${prompt.host}: `;
  }
}

function progressLine({ stage, state, detail, elapsedMs }: ConnectProgress): string {
  if (state === 'running') return '';
  const time = elapsedMs === null ? '' : ` (${(elapsedMs / 1000).toFixed(1)} s)`;
  return `${state === 'failed' ? 'x' : state === 'skipped' ? '-' : '*'} ${stage.padEnd(9)} ${printable(detail)}${time}\n`;
}

async function hostKey(
  prompt: Extract<Prompt, { kind: 'host-key-unknown' }>,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<PromptAnswer> {
  if (terminal.input.isTTY !== true) {
    throw new HostError(
      'host-key-unknown',
      `The host key of ${prompt.host} is not known: ${prompt.keyType} ${prompt.fingerprint}.`,
      'Compare the fingerprint with the one the host itself shows, then use --accept-new-host-key, or add the key to known_hosts.',
    );
  }
  terminal.errors.write(
    `The host key of ${printable(prompt.host)} port ${prompt.port} is not known.\n${prompt.keyType} ${prompt.fingerprint}\n`,
  );
  const answer = await readHidden(
    terminal,
    'Connect? yes remembers it, once does not, anything else stops: ',
    true,
    signal,
  );
  return {
    kind: 'host-key',
    decision: answer === 'yes' ? 'remember' : answer === 'once' ? 'once' : 'disconnect',
  };
}

async function cluster(
  prompt: Extract<Prompt, { kind: 'choose-cluster' }>,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<PromptAnswer> {
  const names = prompt.clusters.map(
    ({ id, version, port, running }) =>
      `${printable(id)} (PostgreSQL ${version}, port ${port}${running ? '' : ', stopped'})`,
  );
  if (terminal.input.isTTY !== true) {
    throw new HostError(
      'not-found',
      `The host has several clusters: ${names.join(', ')}.`,
      'Say which one with --cluster NAME.',
    );
  }
  terminal.errors.write(`${names.map((name, index) => `  ${index + 1}  ${name}`).join('\n')}\n`);
  const answer = Number(await readHidden(terminal, 'Which cluster? ', true, signal));
  const chosen = prompt.clusters[answer - 1];
  if (chosen === undefined)
    throw new HostError('cancelled', 'No cluster was chosen.', 'Say which one with --cluster NAME.');
  return { kind: 'cluster', id: chosen.id };
}

/** Lines of standard input, one at a time, null at its end. Nothing is read before the first is asked for. */
function lineReader(input: Readable): { next(signal: AbortSignal): Promise<string | null>; close(): void } {
  let reader: Interface | null = null;
  let iterator: AsyncIterator<string> | null = null;
  return {
    async next(signal) {
      signal.throwIfAborted();
      reader ??= createInterface({ input, terminal: false });
      iterator ??= reader[Symbol.asyncIterator]();
      const line = await iterator.next();
      return line.done === true ? null : line.value;
    },
    close: () => reader?.close(),
  };
}

/** One line from a terminal; with echo off nothing of it is shown. Ctrl+C rejects, as a cancelled connection. */
function readHidden(
  terminal: Terminal,
  question: string,
  echo: boolean,
  signal: AbortSignal,
): Promise<string> {
  const { input, errors } = terminal;
  errors.write(question);
  return new Promise((resolve, reject) => {
    let text = '';
    const end = (finish: () => void): void => {
      input.removeListener('data', onData);
      signal.removeEventListener('abort', onAbort);
      input.setRawMode?.(false);
      input.pause();
      errors.write('\n');
      finish();
    };
    const cancel = (): void =>
      end(() => reject(new HostError('cancelled', 'Cancelled.', 'Start again when you are ready.')));
    const onAbort = cancel;
    const onData = (data: Buffer): void => {
      for (const character of data.toString('utf8')) {
        if (character === '\r' || character === '\n') return end(() => resolve(text));
        if (character === '\u0003' || character === '\u0004') return cancel();
        if (character === '\u007f' || character === '\b') {
          if (text !== '' && echo) errors.write('\b \b');
          text = [...text].slice(0, -1).join('');
        } else if (character >= ' ') {
          text += character;
          if (echo) errors.write(character);
        }
      }
    };
    signal.addEventListener('abort', onAbort, { once: true });
    input.setRawMode?.(true);
    input.resume();
    input.on('data', onData);
  });
}
