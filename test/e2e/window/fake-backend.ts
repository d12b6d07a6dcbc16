import type { Page } from '@playwright/test';
import type { EventName, EventPayload, Method, Output } from '../../../shared/contract/contract.ts';

/** What main would answer: a value at once, or nothing until the test sends it. */
export type Replies = { readonly [M in Method]?: Output<M> | 'later' };

type Call = { readonly method: string; readonly input: unknown };
type FakeWindow = {
  readonly fake: {
    readonly calls: Call[];
    emit(event: string, payload: unknown): void;
    reply(method: string, reply: unknown): void;
  };
};

/** Puts a scripted `window.portcullis` into the page before it loads. Methods without a reply answer `{}`. */
export async function installFake(page: Page, replies: Replies): Promise<void> {
  await page.addInitScript((answers: Readonly<Record<string, unknown>>) => {
    const listeners = new Map<string, ((payload: unknown) => void)[]>();
    const waiting = new Map<string, ((reply: unknown) => void)[]>();
    const calls: { method: string; input: unknown }[] = [];
    let settings = answers['settings.get'] ?? {};
    const bridge = {
      platform: 'linux',
      invoke: (method: string, input: unknown) => {
        calls.push({ method, input });
        if (method === 'settings.set') settings = { ...settings, ...(input as object) };
        const answer = method.startsWith('settings.') ? settings : answers[method];
        if (answer === 'later')
          return new Promise((resolve) => waiting.set(method, [...(waiting.get(method) ?? []), resolve]));
        return Promise.resolve({ ok: true, value: answer ?? {} });
      },
      on: (event: string, listener: (payload: unknown) => void) => {
        listeners.set(event, [...(listeners.get(event) ?? []), listener]);
        return () =>
          listeners.set(
            event,
            (listeners.get(event) ?? []).filter((one) => one !== listener),
          );
      },
    };
    const fake = {
      calls,
      emit: (event: string, payload: unknown) =>
        listeners.get(event)?.forEach((listener) => listener(payload)),
      reply: (method: string, reply: unknown) => waiting.get(method)?.shift()?.(reply),
    };
    Object.assign(window, { portcullis: bridge, fake });
  }, replies);
}

/** Sends an event as main would. */
export async function emit<E extends EventName>(
  page: Page,
  event: E,
  payload: EventPayload<E>,
): Promise<void> {
  await page.evaluate(([name, value]) => (window as unknown as FakeWindow).fake.emit(name, value), [
    event,
    payload,
  ] as const);
}

/** Ends a call that was left open with `later`. */
export async function reply<M extends Method>(page: Page, method: M, value: Output<M>): Promise<void> {
  await page.evaluate(
    ([name, answer]) => (window as unknown as FakeWindow).fake.reply(name, { ok: true, value: answer }),
    [method, value] as const,
  );
}

/** Ends an open call with an error. */
export async function refuse(
  page: Page,
  method: Method,
  error: { readonly code: string; readonly message: string; readonly next: string },
): Promise<void> {
  await page.evaluate(
    ([name, answer]) => (window as unknown as FakeWindow).fake.reply(name, { ok: false, error: answer }),
    [method, error] as const,
  );
}

/** The inputs with which a method was called so far. */
export async function callsOf(page: Page, method: Method): Promise<readonly unknown[]> {
  return page.evaluate(
    (name) =>
      (window as unknown as FakeWindow).fake.calls
        .filter((call) => call.method === name)
        .map((call) => call.input),
    method,
  );
}
