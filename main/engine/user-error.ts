import { AppError } from '../../shared/contract/errors.ts';
import { HostError } from '../host/host.ts';
import { StatementError } from '../postgres/connection.ts';

/** What a person can act on, as an AppError; a defect stays what it is. */
export function userError(error: unknown): unknown {
  if (error instanceof HostError)
    return new AppError(error.code, error.message, error.next, { cause: error });
  if (error instanceof StatementError)
    return new AppError(
      `sql-${error.code}`,
      `PostgreSQL answered: ${error.message}`,
      'Look into the log of the server.',
      { cause: error },
    );
  if (error instanceof Error && error.name === 'AbortError')
    return new AppError('cancelled', 'Cancelled.', '');
  if (error instanceof Error && 'code' in error && typeof error.code === 'string' && 'path' in error) {
    return new AppError(
      error.code,
      error.message,
      'Check that the place exists, is writable and has space.',
      { cause: error },
    );
  }
  return error;
}
