import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@playwright/test';
import { electronExecutable, projectFolder } from './launch.ts';

const run = promisify(execFile);
const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : [];

/** As on a server: no display at all. */
const env = { ...process.env, DISPLAY: '', WAYLAND_DISPLAY: '' };

function electron(...args: string[]) {
  return run(electronExecutable(), [...asRoot, projectFolder, ...args], { env, timeout: 60_000 });
}

test.describe('Electron without a window', () => {
  let folder: string;
  test.beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'portcullis-print-test-'));
  });
  test.afterAll(() => rm(folder, { recursive: true, force: true }));

  test('prints a page without running its scripts or fetching anything', async () => {
    const [html, pdf] = [join(folder, 'page.html'), join(folder, 'page.pdf')];
    const page = `<h1>Findings</h1><p id="p">as written</p>
      <script>document.getElementById('p').textContent = 'by script'</script>
      <img src="https://example.org/x.png"><iframe src="file:///etc/passwd"></iframe>`;
    await writeFile(html, page);
    await electron('--print-pdf', html, pdf);
    expect((await readFile(pdf)).subarray(0, 5).toString()).toBe('%PDF-');
    const { stdout } = await run('pdftotext', [pdf, '-']);
    expect(stdout).toContain('Findings');
    expect(stdout).toContain('as written');
    expect(stdout).not.toMatch(/by script|root:/);
  });

  test('says why it cannot print', async () => {
    const printing = electron('--print-pdf', join(folder, 'missing.html'), join(folder, 'x.pdf'));
    await expect(printing).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('ENOENT'),
    });
  });

  test('is the same terminal program as Node runs', async () => {
    const args = ['checks', '--format', 'json'];
    const inElectron = await electron(...args);
    const inNode = await run(process.execPath, [join(projectFolder, 'out', 'main', 'cli.js'), ...args], {
      env,
    });
    expect(JSON.parse(inElectron.stdout)).toEqual(JSON.parse(inNode.stdout));
    await expect(electron('scan')).rejects.toMatchObject({ code: 2 });
  });
});
