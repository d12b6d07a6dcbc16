import { readFile, writeFile } from 'node:fs/promises';
import { app } from 'electron';
import { registerAppScheme } from './app-protocol.ts';
import { printPdf } from './print-pdf.ts';
import { restrictPages } from './restrictions.ts';

/** Prints an HTML file into a PDF file and ends; how the terminal program of a checkout makes its PDF. */
export function runPrint(html: string, pdf: string): void {
  registerAppScheme();
  app.disableHardwareAcceleration();
  restrictPages();
  const print = async () => {
    await app.whenReady();
    await writeFile(pdf, await printPdf(await readFile(html, 'utf8')), { mode: 0o600 });
  };
  void print().then(
    () => app.exit(0),
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
      app.exit(1);
    },
  );
}
