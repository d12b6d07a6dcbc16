import { appendFileSync, mkdirSync, renameSync, statSync } from 'node:fs';
import path from 'node:path';
import { printable, shorten } from '../../shared/lib/hostile-text.ts';

const maximumBytes = 5 * 1024 * 1024;

export interface Log {
  info(where: string, message: string): void;
  error(where: string, error: unknown): void;
}

/** What may not stand in a log although an error text holds it: password='…', PASSWORD '…', keys. */
export function redact(text: string): string {
  return text
    .replace(
      /(password|passphrase|secret|token)(\s*[=:]\s*|\s+)('(?:[^'\\]|''|\\.)*'|"[^"]*"|\S+)/gi,
      '$1$2[redacted]',
    )
    .replace(/-----BEGIN [^-]*PRIVATE KEY-----[\s\S]*?(-----END [^-]*PRIVATE KEY-----|$)/g, '[redacted key]')
    .replace(/SCRAM-SHA-256\$\S+|\bmd5[0-9a-f]{32}\b/g, '[redacted verifier]');
}

/** The program's own log, JSON lines, one file and the one before it. A log that cannot be written stops nothing. */
export function openLog(file: string): Log {
  const write = (level: 'info' | 'error', where: string, message: string): void => {
    const record = {
      at: new Date().toISOString(),
      level,
      where,
      message: shorten(redact(printable(message)), 4000),
    };
    try {
      mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
      if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > maximumBytes)
        renameSync(file, `${file}.1`);
      appendFileSync(file, `${JSON.stringify(record)}\n`, { mode: 0o600 });
    } catch {
      // Nothing that a person waits for may fail because its record could not be written.
    }
  };
  return {
    info: (where, message) => write('info', where, message),
    error: (where, error) =>
      write('error', where, error instanceof Error ? (error.stack ?? error.message) : String(error)),
  };
}
