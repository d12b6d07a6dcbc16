/**
 * `npm test`: readies the checkout and runs every stage. `npm test -- unit e2e` runs the named ones, and paths after
 * them narrow these down. The last line is the totals. With CI set, a skipped test is a failure.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { runMain, setUp } from './setup.mjs';
import { SetUpError, capture, isRoot, projectFolder } from './set-up/shell.mjs';
import { stages } from './test-run/stages.mjs';

const stageTimeoutMs = 20 * 60_000;
const testHost = join(projectFolder, 'test', 'hosts', 'testhost.sh');

function readArguments(args) {
  const names = stages.map((stage) => stage.name);
  const chosen = args.filter((argument) => names.includes(argument));
  const paths = args.filter((argument) => !names.includes(argument));
  if (paths.length > 0 && chosen.length === 0) {
    throw new SetUpError(`Name a stage (${names.join(', ')}) before ${paths.join(' ')}.`);
  }
  return { chosen: stages.filter((stage) => chosen.length === 0 || chosen.includes(stage.name)), paths };
}

/** Runs one stage with its output on this terminal; resolves with the exit code, 1 for a crash or a time-out. */
function runStage(stage, paths, env) {
  const [command, ...args] = [
    ...(stage.prefix?.() ?? []),
    ...stage.command,
    ...(stage.takesPaths ? paths : []),
  ];
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: projectFolder,
      env: { ...env, ...stage.env },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    const timer = setTimeout(() => {
      console.error(`${stage.name} did not end within ${stageTimeoutMs / 60_000} minutes.`);
      child.kill('SIGTERM');
      setTimeout(() => child.kill('SIGKILL'), 5_000).unref();
    }, stageTimeoutMs);
    const end = (code) => {
      clearTimeout(timer);
      resolve(code);
    };
    child.on('error', (error) => {
      console.error(error.message);
      end(1);
    });
    child.on('close', (code) => end(code ?? 1));
  });
}

/** Builds the bases of the test hosts in the background, while the stages that need none run. */
function prepareHosts(chosen) {
  if (!chosen.some((stage) => stage.needsHosts)) return Promise.resolve();
  const check = capture('bash', [testHost, 'check']);
  if (check.status !== 0) {
    console.log(`Tests on hosts are skipped: ${(check.stdout || check.stderr).trim()}\n`);
    return Promise.resolve();
  }
  return new Promise((resolve) => {
    const child = spawn('bash', [testHost, 'bases'], { stdio: ['ignore', 'ignore', 'pipe'] });
    let problem = '';
    child.stderr.on('data', (chunk) => {
      problem = (problem + chunk).slice(-4_000);
    });
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code) => resolve(code === 0 ? undefined : problem.trim() || `exit code ${code}`));
  });
}

/** What failed once more, at the end, where it is found however long the output was and wherever it is cut. */
function printFailures(rows) {
  const failures = rows.flatMap(({ stage, counts }) =>
    counts.failed > 0 ? (stage.failures?.(stage.report) ?? []) : [],
  );
  for (const { test, message } of failures.slice(0, 20)) {
    const lines = stripVTControlCharacters(message).trim().split('\n');
    const text = lines
      .filter((line) => !line.includes('node_modules'))
      .join('\n')
      .slice(0, 1_500);
    console.log(`FAILED ${test.replace(`${projectFolder}/`, '')}\n${text.replace(/^/gm, '    ')}\n`);
  }
  if (failures.length > 20) console.log(`… and ${failures.length - 20} more\n`);
}

function seconds(milliseconds) {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

await runMain(async () => {
  const { chosen, paths } = readArguments(process.argv.slice(2));
  const started = Date.now();
  const { electron } = await setUp({ needs: 'test' });
  const env = {
    ...process.env,
    PORTCULLIS_ELECTRON: electron.executable,
    ELECTRON_OVERRIDE_DIST_PATH: electron.folder,
  };
  console.log(
    `Set-up: ${seconds(Date.now() - started)}; Electron ${electron.version}${isRoot ? ', as root' : ''}\n`,
  );
  mkdirSync(join(projectFolder, 'test-results'), { recursive: true });

  const hosts = prepareHosts(chosen);
  const rows = [];
  for (const stage of chosen) {
    if (stage.needsHosts) {
      const problem = await hosts;
      if (problem) console.error(`The bases of the test hosts could not be built:\n${problem}\n`);
    }
    if (stage.report) rmSync(stage.report, { force: true });
    console.log(`── ${stage.name} ──`);
    const stageStarted = Date.now();
    const exitCode = await runStage(stage, paths, env);
    const counts = stage.count(stage.report, exitCode);
    rows.push({ stage, counts, elapsed: Date.now() - stageStarted });
    console.log(
      `── ${stage.name}: ${counts.failed === 0 ? 'passed' : 'FAILED'} in ${seconds(rows.at(-1).elapsed)}\n`,
    );
  }
  await hosts;

  printFailures(rows);
  for (const { stage, counts, elapsed } of rows) {
    const { passed, failed, skipped } = counts;
    console.log(
      `${stage.name.padEnd(13)}${seconds(elapsed).padStart(9)}  ${passed} passed, ${failed} failed, ${skipped} skipped`,
    );
  }
  console.log(`${'all'.padEnd(13)}${seconds(Date.now() - started).padStart(9)}\n`);
  const total = (key) => rows.reduce((sum, { counts }) => sum + counts[key], 0);
  console.log(`${total('passed')} passed, ${total('failed')} failed, ${total('skipped')} skipped`);
  const skipsCount = Boolean(process.env.CI) && total('skipped') > 0;
  return total('failed') > 0 || skipsCount ? 1 : 0;
});
