// @vitest-environment jsdom
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Prompt } from '../../../shared/contract/prompts.ts';
import { PromptPanel } from '../../../renderer/steps/connect/prompt-panel.tsx';
import { ConfirmDialog } from '../../../renderer/ui/dialog.tsx';

const invoke = vi.fn(() => Promise.resolve({ ok: true, value: {} }));
beforeEach(() => {
  invoke.mockClear();
  // jsdom has no CSS object; the component library asks it to escape the name of a meta element.
  Object.assign(window, { CSS: { escape: (text: string) => text } });
  Object.assign(window, { portcullis: { platform: 'linux', invoke, on: () => () => undefined } });
});
afterEach(cleanup);

const ask = (prompt: Prompt) => render(<PromptPanel open={{ id: 'p1', prompt }} />);

test('a destructive dialog has the focus on Cancel', async () => {
  const onConfirm = vi.fn();
  render(
    <ConfirmDialog
      title="Roll back?"
      confirm="Roll back db1"
      isDestructive
      onConfirm={onConfirm}
      onCancel={() => undefined}
    >
      text
    </ConfirmDialog>,
  );
  await waitFor(() => expect(document.activeElement?.textContent).toContain('Cancel'));
  expect(onConfirm).not.toHaveBeenCalled();
});

test('an unknown host key: the focus is on Disconnect, nothing is answered by itself', () => {
  ask({
    kind: 'host-key-unknown',
    host: 'db1',
    port: 2222,
    keyType: 'ssh-ed25519',
    fingerprint: 'SHA256:abc',
    knownHostsLine: '[db1]:2222 ssh-ed25519 AAAA',
    knownHostsFile: '~/.ssh/known_hosts',
  });
  expect(document.activeElement?.textContent).toContain('Disconnect');
  expect(screen.getByText(/port 2222/)).toBeTruthy();
  expect(invoke).not.toHaveBeenCalled();
});

test('sudo: the password goes to main once; "continue without sudo" sends none', async () => {
  ask({ kind: 'sudo-password', user: 'deploy', host: 'db1', attempt: 1 });
  const field = screen.getByLabelText(/Password of deploy for sudo/);
  expect(field.getAttribute('type')).toBe('password');
  expect(document.activeElement).toBe(field);
  fireEvent.change(field, { target: { value: 'secret' } });
  fireEvent.submit(field);
  await waitFor(() =>
    expect(invoke).toHaveBeenCalledWith('prompt.answer', {
      id: 'p1',
      answer: { kind: 'secrets', values: ['secret'] },
    }),
  );
  fireEvent.click(screen.getByText('Continue without sudo'));
  await waitFor(() =>
    expect(invoke).toHaveBeenCalledWith('prompt.answer', { id: 'p1', answer: { kind: 'skip' } }),
  );
});

test('a one-time code: a field that may be seen is shown, one that may not is hidden', () => {
  ask({
    kind: 'keyboard-interactive',
    user: 'deploy',
    host: 'db1',
    name: '',
    instructions: 'Second factor',
    round: 2,
    fields: [
      { label: 'Code', echo: true },
      { label: 'PIN', echo: false },
    ],
  });
  expect(screen.getByLabelText('Code').getAttribute('type')).toBe('text');
  expect(screen.getByLabelText('PIN').getAttribute('type')).toBe('password');
});

test('an empty password is not sent', () => {
  ask({ kind: 'password', user: 'deploy', host: 'db1', attempt: 2 });
  fireEvent.submit(screen.getByLabelText(/Password of deploy/));
  expect(invoke).not.toHaveBeenCalled();
  expect(screen.getByText(/Not accepted/)).toBeTruthy();
});
