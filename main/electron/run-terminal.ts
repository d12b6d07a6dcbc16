import { app } from 'electron';

/**
 * Runs the terminal program inside Electron, as the packaged program does: there is no Node beside it, and the
 * run-time's own Node mode is shut by a fuse.
 */
export function runTerminal(args: readonly string[]): void {
  app.disableHardwareAcceleration();
  app.dock?.hide();
  process.argv = [process.execPath, app.getAppPath(), ...args];
  void import('../cli.ts').then(
    () => app.exit(Number(process.exitCode ?? 0)),
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
      app.exit(1);
    },
  );
}
