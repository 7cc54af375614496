/** One of several controllers leads; the others stand by with their caches filled. */

export interface Leadership {
  /** May write now: elected, and the time for which that is certain is not over. Asked before every
   * write, since a process that was stopped for a while learns from nobody that it lost. */
  readonly leading: boolean;

  /** Stands for election until `signal` aborts; once elected works until it is lost or `signal`
   * aborts, and gives the lease back at the end. `work` ends soon after its signal aborts. */
  run(work: (leading: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<TermEnd>;
}

/** `Lost`: somebody else may lead now. What this process has in memory is not to be trusted. */
export type TermEnd = 'Stopped' | 'Lost';
