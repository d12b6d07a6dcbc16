import fc from 'fast-check';

/**
 * The same cases each time, so that a commit passes or fails, whoever runs it: `PORTCULLIS_SEED=7 npm test -- unit`
 * tries others.
 */
fc.configureGlobal({ seed: Number(process.env['PORTCULLIS_SEED'] ?? 1) });
