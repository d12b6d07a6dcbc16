import { version } from '../package.json';
import { parseCommand } from './terminal/arguments.ts';
import { failureOf, runCommand } from './terminal/run.ts';

/** In the packaged program the words stand behind the program and its folder, as they do under Node. */
const words = process.argv.slice(2);
const controller = new AbortController();
process.on('SIGINT', () => {
  // The first one cancels in good order (a run is rolled back); who presses again wants out at once.
  if (controller.signal.aborted) process.exit(130);
  controller.abort();
});
process.on('SIGTERM', () => controller.abort());

try {
  process.exitCode = await runCommand(
    parseCommand(words),
    {
      input: process.stdin,
      errors: process.stderr,
      write: (text) => void process.stdout.write(text),
      version,
    },
    controller.signal,
  );
} catch (error) {
  const { message, exitCode } = failureOf(error);
  process.stderr.write(`${message}\n`);
  process.exitCode = exitCode;
}
