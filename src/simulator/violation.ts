/** What a checker found. */
export interface Violation {
  /** Of ARCHITECTURE.md; `Progress` and `Rest` for what holds of a run as a whole. */
  invariant: number | 'Progress' | 'Rest';
  /** What was seen. */
  seen: string;
  /** Since the beginning of the run. */
  atMs: number;
}
