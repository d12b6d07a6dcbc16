import { describe, expect, it, vi } from 'vitest';
import { reply } from '../../../main/electron/replies.ts';
import type { Handlers } from '../../../shared/contract/contract.ts';
import { AppError } from '../../../shared/contract/errors.ts';

function handlersWith(copy: Handlers['app.copy']): Handlers {
  return { 'app.copy': copy } as Handlers;
}

describe('reply', () => {
  it('hands parsed input to the handler, and its answer back', async () => {
    const copy = vi.fn(() => Promise.resolve({}));
    const answer = await reply(handlersWith(copy), 'app.copy', { text: 'x', more: 1 }, () => undefined);
    expect(answer).toEqual({ ok: true, value: {} });
    expect(copy).toHaveBeenCalledWith({ text: 'x' });
  });

  it('keeps wrong input from the handler', async () => {
    const copy = vi.fn();
    const report = vi.fn();
    for (const input of [undefined, null, 'x', { text: 5 }, { text: 'x'.repeat(5_000_001) }]) {
      expect(await reply(handlersWith(copy), 'app.copy', input, report)).toMatchObject({
        ok: false,
        error: { code: 'invalid-input' },
      });
    }
    expect(copy).not.toHaveBeenCalled();
    expect(report).toHaveBeenCalledTimes(5);
  });

  it('tells what a person can act on, and reports the rest', async () => {
    const report = vi.fn();
    const meant = () => Promise.reject(new AppError('busy', 'A run is going on.', 'Wait for it.'));
    expect(await reply(handlersWith(meant), 'app.copy', { text: '' }, report)).toEqual({
      ok: false,
      error: { code: 'busy', message: 'A run is going on.', next: 'Wait for it.' },
    });
    expect(report).not.toHaveBeenCalled();
    const defect = () => Promise.reject(new TypeError('x is not a function'));
    const answer = await reply(handlersWith(defect), 'app.copy', { text: '' }, report);
    expect(answer).toMatchObject({ ok: false, error: { code: 'internal' } });
    expect(JSON.stringify(answer)).not.toContain('replies.test');
    expect(report).toHaveBeenCalledOnce();
  });
});
