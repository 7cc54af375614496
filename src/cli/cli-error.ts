/** An error whose message a user can act on; it is printed without a stack. */

export const EXIT = { ok: 0, failed: 1, usage: 2, aborted: 3 } as const;

export class CliError extends Error {
  override readonly name = 'CliError';
  readonly exitCode: number;

  /** `message`: what, where, and what to do, in one line. */
  constructor(message: string, exitCode: number = EXIT.failed) {
    super(message);
    this.exitCode = exitCode;
  }
}
