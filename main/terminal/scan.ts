import { severities } from '../../shared/findings/finding.ts';
import { printable, printableJson } from '../../shared/lib/hostile-text.ts';
import { reportMarkdown } from '../../shared/report/markdown.ts';
import type { Report } from '../../shared/report/model.ts';
import { isOpen } from '../../shared/report/score.ts';
import { reportText } from '../../shared/report/text.ts';
import { saveFacts } from '../collect/facts-file.ts';
import { pictureOfFacts } from '../engine/exposure.ts';
import type { Session } from '../engine/session.ts';
import { reportHtml } from '../report/html.tsx';
import { printPdfHidden } from '../report/print.ts';
import { writeFileSafely } from '../store/json-file.ts';
import type { Command } from './command.ts';
import { exitCodes, type TerminalIo } from './io.ts';

/** Collects and judges, telling the subjects on a terminal. */
export function inspect(
  command: { readonly profile: string },
  session: Session,
  io: TerminalIo,
  signal: AbortSignal,
): Promise<Report> {
  const tell = (subject: string, done: number, total: number): void => {
    if (io.errors.isTTY === true)
      io.errors.write(
        `\r\u001b[K${done}/${total} ${printable(subject)}${done === total ? '\r\u001b[K' : ''}`,
      );
  };
  return session.scan(command.profile, tell, signal);
}

/** `scan`: the report in the format asked for. */
export async function scan(
  command: Extract<Command, { name: 'scan' }>,
  session: Session,
  io: TerminalIo,
  signal: AbortSignal,
): Promise<number> {
  const report = await inspect(command, session, io, signal);
  if (command.factsOut !== null && session.facts !== null) await saveFacts(command.factsOut, session.facts);
  const content = await formatted(report, command.format, session, signal);
  if (command.out === null) io.write(typeof content === 'string' ? content : '');
  else await writeFileSafely(command.out, content);
  const worst = command.failOn === null ? -1 : severities.indexOf(command.failOn);
  const failing = report.findings.some(
    (finding) => isOpen(finding) && severities.indexOf(finding.severity) <= worst,
  );
  return failing ? exitCodes.findings : exitCodes.done;
}

async function formatted(
  report: Report,
  format: Extract<Command, { name: 'scan' }>['format'],
  session: Session,
  signal: AbortSignal,
): Promise<string | Uint8Array> {
  switch (format) {
    case 'text':
      return reportText(report);
    case 'json':
      return `${printableJson(report)}\n`;
    case 'md':
      return reportMarkdown(report);
    case 'html':
      return reportHtml(report, pictureOfFacts(session.facts));
    case 'pdf':
      return printPdfHidden(reportHtml(report, pictureOfFacts(session.facts)), signal);
  }
}
