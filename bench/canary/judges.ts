/** The judges: a rule that looks at an hour, and the limit at which the release is taken back. */

/** What a rule sees when it looks. */
export interface Look {
  /** Ticks that have passed when the traffic goes back because of it, from 1 on. */
  at: number;
  /** The more, the worse. */
  value: number;
}

/** Its looks in order of time. Pure: the same hour, the same looks. */
export type Rule<Evidence> = (evidence: Evidence) => Iterable<Look>;

export interface Limit {
  limit: number;
  /** Whether a value at the limit takes the release back, or only one over it. */
  isReached: boolean;
}

export interface Judge<Evidence> extends Limit {
  id: string;
  rule: Rule<Evidence>;
  /** It takes long, or a baseline that does: asked in the first runs of a cell only. */
  isCostly: boolean;
}

/** The limits of the tuned ones in one world, by their ids. */
export type Limits = Readonly<Record<string, number>>;

/** What a measure says of the judges in its part of the spec. */
export interface Bench<
  Documented extends { rule: string },
  Tuned extends { rule: string },
  Evidence,
> {
  judges: Readonly<Record<string, Documented>>;
  tuned: Readonly<Record<string, Tuned>>;
  /** The rule without its limit. */
  ruleOf: (spec: Documented | Tuned) => Rule<Evidence>;
  limitOf: (spec: Documented) => Limit;
  isLimit: (field: string, rule: string) => boolean;
}

/** All judges of the spec, as documented and tuned; those with one rule share its looks. */
export function allJudges<D extends { rule: string }, T extends { rule: string }, Evidence>(
  bench: Bench<D, T, Evidence>,
  limits: Limits,
): Judge<Evidence>[] {
  const rules = new Map<string, Rule<Evidence>>();
  const shared = (spec: D | T): Rule<Evidence> => {
    const key = JSON.stringify(spec, (field, value: unknown) =>
      bench.isLimit(field, spec.rule) ? undefined : value,
    );
    const rule = rules.get(key) ?? bench.ruleOf(spec);
    rules.set(key, rule);
    return rule;
  };
  const judgeOf = (id: string, spec: D | T, limit: Limit) => ({
    id,
    rule: shared(spec),
    ...limit,
    isCostly: spec.rule === 'kayenta',
  });
  const documented = Object.entries(bench.judges).map(([id, spec]) =>
    judgeOf(id, spec, bench.limitOf(spec)),
  );
  const tuned = Object.entries(bench.tuned).map(([id, spec]) => {
    const limit = limits[id];
    if (limit === undefined) throw new Error(`${id} is not tuned: bench -- canary --calibrate`);
    return judgeOf(id, spec, { limit, isReached: false });
  });
  return [...documented, ...tuned];
}

/** Ticks until each judge takes the release back, in their order; undefined where it does not. */
export function rollbacks<Evidence>(
  judges: readonly Judge<Evidence>[],
  evidence: Evidence,
): (number | undefined)[] {
  const found = new Map<Judge<Evidence>, number>();
  for (const rule of new Set(judges.map((judge) => judge.rule))) {
    let open = judges.filter((judge) => judge.rule === rule);
    for (const look of rule(evidence)) {
      const alarmed = open.filter((judge) => alarms(judge, look.value));
      for (const judge of alarmed) found.set(judge, look.at);
      if (alarmed.length > 0) open = open.filter((judge) => !found.has(judge));
      if (open.length === 0) break;
    }
  }
  return judges.map((judge) => found.get(judge));
}

function alarms({ limit, isReached }: Limit, value: number): boolean {
  return value > limit || (isReached && value === limit);
}
