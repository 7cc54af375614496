/** Where what is put together of several objects was written. */

/** Where a part of an effective policy was written. */
export interface Origin {
  /** Path in the effective policy. */
  field: string;
  /** Path in what says it; of a template with its name before it. */
  at: string;
  from: 'Policy' | 'Defaults' | 'Template';
  /** What the defaults add, for people; each once. */
  what?: string;
}
