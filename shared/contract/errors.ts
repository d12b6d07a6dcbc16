import { z } from 'zod';

/** An error as it crosses the process border: what happened, and what to do next. */
export const appErrorSchema = z.object({
  /** A HostErrorCode, or `invalid-input`, `no-connection`, `refused`, `busy`, `internal`. */
  code: z.string(),
  message: z.string(),
  next: z.string(),
});
export type AppErrorData = z.infer<typeof appErrorSchema>;

/** Thrown by handlers for what a person can understand and act on. */
export class AppError extends Error {
  readonly code: string;
  readonly next: string;

  constructor(code: string, message: string, next: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'AppError';
    this.code = code;
    this.next = next;
  }
}
