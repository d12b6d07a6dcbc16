import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { app } from 'electron';
import { readStartMode } from './electron/start-mode.ts';
import { runPrint } from './electron/run-print.ts';
import { runTerminal } from './electron/run-terminal.ts';
import { runWindow } from './electron/run-window.ts';
import { runWithoutDisplay } from './electron/without-display.ts';

const mode = readStartMode(process.argv, process.defaultApp === true);
const exitCode = mode.kind === 'window' ? null : runWithoutDisplay();

if (exitCode !== null) {
  app.exit(exitCode);
} else {
  switch (mode.kind) {
    case 'terminal':
      runTerminal(mode.args);
      break;
    case 'print-pdf':
      runPrint(mode.html, mode.pdf);
      break;
    case 'window':
      runWindow({
        builtFolder: dirname(dirname(fileURLToPath(import.meta.url))),
        home: mode.home,
        startApp: async (ports) => (await import('./app.ts')).createApp(ports),
      });
      break;
  }
}
