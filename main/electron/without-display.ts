import { spawnSync } from 'node:child_process';

const headless = '--ozone-platform=headless';

/**
 * On a Linux server Electron ends as soon as it looks for a display, which is after its program has begun to run.
 * So a start that needs no window is handed to a second Electron that is told not to look.
 * @returns the second one's exit code, or null when this start can go on by itself
 */
export function runWithoutDisplay(): number | null {
  if (process.platform !== 'linux' || process.argv.includes(headless)) return null;
  if (process.env['DISPLAY'] || process.env['WAYLAND_DISPLAY']) return null;
  // Ctrl+C goes to both; this one has to outlast the other, which may have something to undo.
  process.on('SIGINT', () => undefined);
  const result = spawnSync(process.execPath, [headless, ...process.argv.slice(1)], { stdio: 'inherit' });
  return result.status ?? 1;
}
