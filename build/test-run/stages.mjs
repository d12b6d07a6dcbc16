import { join } from 'node:path';
import { capture, projectFolder } from '../set-up/shell.mjs';
import {
  playwrightCounts,
  playwrightFailures,
  verdictCounts,
  vitestCounts,
  vitestFailures,
} from './results.mjs';

const tool = (...path) => [process.execPath, join(projectFolder, 'node_modules', ...path)];
const report = (name) => join(projectFolder, 'test-results', `${name}.json`);

const vitest = (name) => ({
  name,
  command: [
    ...tool('vitest', 'vitest.mjs'),
    'run',
    `--project=${name}`,
    '--silent=passed-only',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report(name)}`,
  ],
  takesPaths: true,
  report: report(name),
  count: vitestCounts,
  failures: vitestFailures,
});

/**
 * A virtual screen even where there is a real one: no window pops up, and its size is always the same. Asked for when
 * the stage begins, because set-up may have installed it.
 */
function virtualScreen() {
  const isThere = process.platform === 'linux' && capture('sh', ['-c', 'command -v xvfb-run']).status === 0;
  return isThere ? ['xvfb-run', '-a', '-s', '-screen 0 1600x1000x24 -nolisten tcp'] : [];
}

/**
 * What a test run is made of, in order.
 * `needsHosts`: waits for the bases of the test hosts. `count` reads the result, `failures` what failed; `takesPaths`:
 * files can be named; `prefix`: what the command is run by.
 */
export const stages = [
  {
    name: 'format',
    command: [...tool('prettier', 'bin', 'prettier.cjs'), '--check', '--log-level=warn', '.'],
    count: (_, exitCode) => verdictCounts(exitCode),
  },
  {
    name: 'lint',
    command: [...tool('eslint', 'bin', 'eslint.js'), '.', '--max-warnings=0'],
    count: (_, exitCode) => verdictCounts(exitCode),
  },
  {
    name: 'types',
    command: [...tool('typescript', 'bin', 'tsc'), '-p', 'tsconfig.json'],
    count: (_, exitCode) => verdictCounts(exitCode),
  },
  {
    name: 'types-shared',
    command: [...tool('typescript', 'bin', 'tsc'), '-p', 'tsconfig.shared.json'],
    count: (_, exitCode) => verdictCounts(exitCode),
  },
  {
    name: 'layers',
    command: [
      ...tool('dependency-cruiser', 'bin', 'dependency-cruise.mjs'),
      '--config=.dependency-cruiser.cjs',
      '--output-type=err',
      'main',
      'renderer',
      'shared',
      'test',
    ],
    count: (_, exitCode) => verdictCounts(exitCode),
  },
  vitest('unit'),
  { ...vitest('integration'), needsHosts: true },
  {
    name: 'e2e',
    command: [...tool('@playwright', 'test', 'cli.js'), 'test', '--reporter=list,json'],
    prefix: virtualScreen,
    env: { PLAYWRIGHT_JSON_OUTPUT_FILE: report('e2e') },
    takesPaths: true,
    needsHosts: true,
    report: report('e2e'),
    count: playwrightCounts,
    failures: playwrightFailures,
  },
];
